// Any bytes as a configuration: a TOML file, then lines NAME=value of the environment and "--set" arguments behind a
// line "---".
// Holds: it is taken, or there are problems, each one line that can be printed; what is taken and shown is a
// configuration again, with the same values.
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/mman.h>

#include <unistd.h>

#include "base/check.hpp"
#include "config/config.hpp"
#include "fuzz/input.hpp"

namespace inlet::config {
namespace {

// A file without a name.
class MemoryFile {
  public:
    explicit MemoryFile(std::string_view text) : fd_(::memfd_create("fuzz", MFD_CLOEXEC)) {
        CHECK(fd_ >= 0);
        CHECK(::write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }
    ~MemoryFile() { ::close(fd_); }
    MemoryFile(MemoryFile const&) = delete;
    MemoryFile& operator=(MemoryFile const&) = delete;
    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

  private:
    int fd_;
};

void check_problem(std::string_view line) {
    CHECK(!line.empty());
    for (char const c : line) CHECK(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
}

std::string values_only(std::string_view described) {
    std::string out;
    fuzz::Input lines(reinterpret_cast<std::uint8_t const*>(described.data()), described.size());
    while (!lines.empty()) {
        auto const line = lines.until("\n");
        auto const value = line.substr(0, line.rfind("  # "));
        out.append(value.substr(0, value.find_last_not_of(' ') + 1)).append("\n");
    }
    return out;
}

void check_shown(Effective const& effective, Environment const& environment) {
    auto const shown = describe(effective);
    if (shown.find("<redacted>") != shown.npos) return;
    MemoryFile const file(shown);
    Sources sources;
    sources.file = file.path();
    // Sockets that are inherited make some configurations valid.
    for (auto const& variable : environment)
        if (variable.first == "LISTEN_FDS") sources.environment.push_back(variable);
    auto const again = load(sources);
    CHECK(again.has_value());
    CHECK(values_only(describe(again.value())) == values_only(shown));
}

// toml++ 3.3 looks for white space outside of strings by a switch that has no case for U+00A1 to U+0499, U+2C5E to U+3057
// and U+FB26 to U+FEFE; behind the end of that function nothing is defined. It does report them as errors, so only UBSan
// minds (tests/e2e/test_commands.py looks).
bool trips_the_library(std::string_view text) {
    auto const bits = [&](std::size_t i) { return static_cast<unsigned char>(text[i]) & 0x3fU; };
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        auto const lead = static_cast<unsigned char>(text[i]);
        std::uint32_t letter = 0;
        if (lead >= 0xc2 && lead <= 0xdf) {
            letter = (lead & 0x1fU) << 6 | bits(i + 1);
        } else if (lead >= 0xe0 && lead <= 0xef && i + 2 < text.size()) {
            letter = (lead & 0x0fU) << 12 | bits(i + 1) << 6 | bits(i + 2);
        }
        if ((letter >= 0xa1 && letter <= 0x499) || (letter >= 0x2c5e && letter <= 0x3057) ||
            (letter >= 0xfb26 && letter <= 0xfefe)) {
            return true;
        }
    }
    return false;
}

void check_one(fuzz::Input input) {
    auto const text = input.until("\n---\n");
    if (trips_the_library(text)) return;
    MemoryFile const file(text);
    Sources sources;
    sources.file = file.path();
    while (!input.empty()) {
        auto const line = input.until("\n");
        if (line.starts_with("--set ")) {
            sources.sets.emplace_back(line.substr(6));
            continue;
        }
        auto const equals = line.find('=');
        if (equals == line.npos) continue;
        sources.environment.emplace_back(line.substr(0, equals), line.substr(equals + 1));
    }
    auto const result = load(sources);
    if (result) return check_shown(result.value(), sources.environment);
    CHECK(!result.error().empty());
    for (auto const& line : result.error()) check_problem(line);
}

}  // namespace
}  // namespace inlet::config

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    inlet::config::check_one({data, size});
    return 0;
}
