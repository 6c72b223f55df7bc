// Any bytes as a body. The first byte chooses the endpoint and the padding.
// Holds: nothing reads beyond the padding; both readers of a body agree; whatever is accepted comes out
// as lines that the strict reader of rows takes.
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "event/diagnosis.hpp"
#include "event/event.hpp"
#include "event/row.hpp"
#include "event/row_reader.hpp"

namespace inlet::event {
namespace {

// `text` in a block of exactly its size and the padding.
class Padded {
  public:
    Padded(std::string_view text, char filler)
        : size_(text.size()), bytes_(new char[size_ + kBodyPadding]) {
        std::memcpy(bytes_.get(), text.data(), size_);
        std::memset(bytes_.get() + size_, filler, kBodyPadding);
    }
    [[nodiscard]] std::string_view view() const { return {bytes_.get(), size_}; }

  private:
    std::size_t size_;
    std::unique_ptr<char[]> bytes_;
};

void check_rows(Kind kind, std::string_view rows, std::uint32_t count) {
    static RowReader reader;
    static Stamper stamper;
    for (std::uint32_t seq = 0; seq < count; ++seq) {
        auto const end = rows.find('\n') + 1;
        CHECK(end != 0);
        std::string line;
        stamper.append(line, kind, rows.substr(0, end), {1'732'273'445'123, "aaaaaaaaaaaaa", seq});
        Padded const padded(std::string_view(line).substr(0, line.size() - 1), '}');
        auto const fields = reader.read(padded.view());
        CHECK(fields && fields->kind == kind && fields->seq == seq);
        rows.remove_prefix(end);
    }
    CHECK(rows.empty());
}

void run(std::uint8_t choice, std::string_view body) {
    static Renderer renderer{Limits{}};
    auto const kind = static_cast<Kind>(1 + choice % 3);
    Padded const padded(body, "}]\"0 :,\\"[choice / 3 % 8]);
    std::string rows;
    auto const key = choice % 2 == 0 ? std::string_view("key") : std::string_view();
    auto const outcome = renderer.render(kind, padded.view(), {1'732'273'445'123, key}, rows);
    auto const second = diagnose(kind, body, Limits{});
    CHECK(outcome.problems.empty() == (outcome.verdict == Verdict::accepted));
    CHECK(outcome.verdict == Verdict::too_large || outcome.verdict == second.verdict);
    CHECK(outcome.problems.size() <= kMaxProblems);
    if (!second.problems.empty())
        CHECK(second.problems[0].detail.find("cannot be read") == std::string::npos);
    check_rows(kind, rows, outcome.rows);
}

}  // namespace
}  // namespace inlet::event

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size > 0) inlet::event::run(data[0], {reinterpret_cast<char const*>(data) + 1, size - 1});
    return 0;
}
