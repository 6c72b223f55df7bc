#include "event/row_reader.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/id.hpp"
#include "base/time.hpp"
#include "event/escape.hpp"
#include "event/walker.hpp"

namespace inlet::event {
namespace {

constexpr std::array<std::string_view, 5> kNames = {R"("type")", R"("id")", R"("receivedAt")",
                                                    R"("node")", R"("seq")"};

// A row is flatter than its body, but for what "extra" took from the body itself.
constexpr std::size_t kMaxDepth = 1024 + 1;

// Whether `text` looks like `pattern`: 'x' is a hexadecimal digit, '0' a decimal one, 'a' one of
// base 32, all else stands for itself.
bool looks_like(std::string_view text, std::string_view pattern) {
    return std::equal(text.begin(), text.end(), pattern.begin(), pattern.end(), [](char c, char p) {
        switch (p) {
            case 'x':
                return is_digit(c) || (c >= 'a' && c <= 'f');
            case '0':
                return is_digit(c);
            case 'a':
                return is_digit(c) || (c >= 'a' && c <= 'z');
            default:
                return c == p;
        }
    });
}

bool read_kind(std::string_view value, Kind& kind) {
    for (auto const k : {Kind::track, Kind::alias, Kind::profile}) {
        if (value == to_string(k)) return kind = k, true;
    }
    return false;
}

bool read_seq(std::string_view token, std::uint64_t& seq) {
    if (token.size() > 1 && token.front() == '0') return false;
    auto const [end, error] = std::from_chars(token.data(), token.data() + token.size(), seq);
    return error == std::errc() && end == token.data() + token.size();
}

bool read_field(std::size_t i, std::string_view token, RowFields& fields) {
    constexpr std::size_t kSeq = 4;
    if (i == kSeq) return read_seq(token, fields.seq);
    if (token.front() != '"') return false;
    auto const text = unquoted(token);
    switch (i) {
        case 0:
            return read_kind(text, fields.kind);
        case 1:
            fields.id = text;
            return looks_like(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
        case 2:
            fields.received_at = text;
            return looks_like(text, "0000-00-00T00:00:00.000Z");
        case 3:
            fields.node = text;
            return looks_like(text, "aaaaaaaaaaaaa");
        default:
            return false;
    }
}

}  // namespace

std::optional<RowFields> RowReader::read(std::string_view line) {
    if (!index_.build(line) || line[*(index_.end() - 1)] != '}') return std::nullopt;
    if (find_bad_escape(line) != std::string_view::npos) return std::nullopt;
    Walker walker(line, index_, kMaxDepth);
    if (walker.peek() != '{') return std::nullopt;
    RowFields fields{};
    std::size_t count = 0;
    bool const whole = walker.object([&] {
        Span name;
        Span value;
        if (!walker.name(name) || !walker.value(value)) return false;
        auto const text = walker.text(name);
        if (count < kNames.size()) {
            return text == kNames[count] && read_field(count++, walker.text(value), fields);
        }
        return std::find(kNames.begin(), kNames.end(), text) == kNames.end();
    });
    if (!whole || count < kNames.size() || !walker.at_end()) return std::nullopt;
    return fields;
}

}  // namespace inlet::event
