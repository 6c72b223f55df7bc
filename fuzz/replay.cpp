// Runs a fuzzer over files and folders of files, without libFuzzer: so the corpus is a part of the unit tests.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size);

namespace {

int replayed = 0;

void replay(std::filesystem::path const& path) {
    std::printf("%s\n", path.c_str());
    std::fflush(stdout);  // the last line tells which one broke it
    std::ifstream file(path, std::ios::binary);
    std::string const text{std::istreambuf_iterator<char>(file), {}};
    LLVMFuzzerTestOneInput(reinterpret_cast<std::uint8_t const*>(text.data()), text.size());
    ++replayed;
}

}  // namespace

int main(int count, char** arguments) {
    for (int i = 1; i < count; ++i) {
        if (!std::filesystem::is_directory(arguments[i])) {
            replay(arguments[i]);
            continue;
        }
        for (auto const& entry : std::filesystem::directory_iterator(arguments[i])) {
            replay(entry.path());
        }
    }
    if (replayed == 0) std::fprintf(stderr, "there is nothing to replay\n");
    return replayed == 0 ? 1 : 0;
}
