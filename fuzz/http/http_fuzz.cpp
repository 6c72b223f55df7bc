// Any bytes as the input of a connection; the first two say where they are split in two.
// Holds: where the split is makes no difference; all views lie in the head; in what is accepted, no line
// ends in a bare LF and the framing headers are as a second, simpler reader finds them.
#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "http/chunk_decoder.hpp"
#include "http/head_parser.hpp"
#include "http/head_scanner.hpp"
#include "http/text.hpp"

namespace inlet::http {
namespace {

struct Outcome {
    bool refused = false;  // with which status may depend on the split: the first fault seen counts
    bool complete = false;
    std::size_t head_end = 0;
    std::size_t message_end = 0;
    std::string body;

    bool operator==(Outcome const&) const = default;
};

Limits small_limits() {
    Limits limits;
    limits.max_body_bytes = 200;
    limits.max_head_bytes = 1000;
    limits.max_target_bytes = 100;
    limits.max_headers = 10;
    return limits;
}

std::size_t count_headers(std::string_view head, std::string_view name) {
    std::size_t count = 0;
    for (auto at = head.find('\n'); at != head.npos; at = head.find('\n', at + 1)) {
        auto const line = head.substr(at + 1);
        if (line.size() <= name.size() || line[name.size()] != ':') continue;
        count += equal_ignoring_case(line.substr(0, name.size()), name) ? 1 : 0;
    }
    return count;
}

void check_head(std::string_view text, Head const& head) {
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\n') CHECK(i > 0 && text[i - 1] == '\r');
        if (text[i] == '\r') CHECK(text[i + 1] == '\n');
    }
    CHECK(text.find('\0') == text.npos);
    auto const inside = [&](std::string_view view) {
        return view.empty() || (view.data() >= text.data() &&
                                view.data() + view.size() <= text.data() + text.size());
    };
    CHECK(inside(head.request.target) && inside(head.request.query));
    for (Header const& h : head.headers) CHECK(inside(h.name) && inside(h.value));
    auto const lengths = count_headers(text, "Content-Length");
    auto const encodings = count_headers(text, "Transfer-Encoding");
    CHECK(lengths + encodings <= 1);
    CHECK(head.chunked == (encodings == 1));
    CHECK(head.request.has_body_framing == (lengths + encodings == 1));
    CHECK(head.http_1_0 || count_headers(text, "Host") == 1);
}

// The same bytes as a session would take them, `first` of them in the first piece.
Outcome read_message(std::string_view bytes, std::size_t first) {
    static Limits const limits = small_limits();
    Outcome outcome;
    HeadScanner scanner;
    auto scanned = scanner.scan(bytes.substr(0, first), limits);
    if (scanned == HeadScanner::Result::incomplete) {
        first = bytes.size();
        scanned = scanner.scan(bytes, limits);
    }
    if (scanned == HeadScanner::Result::refused) outcome.refused = true;
    if (scanned != HeadScanner::Result::complete) return outcome;
    outcome.head_end = scanner.head_end();
    auto const text = bytes.substr(scanner.head_begin(), scanner.head_end() - scanner.head_begin());
    Head head;
    outcome.refused = static_cast<bool>(parse_head(text, limits, head));
    if (outcome.refused) return outcome;
    check_head(text, head);

    auto const rest = bytes.substr(outcome.head_end);
    if (!head.chunked) {
        outcome.complete = rest.size() >= head.content_length;
        if (!outcome.complete) return outcome;
        outcome.body = rest.substr(0, head.content_length);
        outcome.message_end = outcome.head_end + outcome.body.size();
        return outcome;
    }
    ChunkDecoder decoder;
    std::string out(rest.size(), '\0');
    std::size_t used = 0;
    std::size_t produced = 0;
    std::size_t const split = std::max(first, outcome.head_end) - outcome.head_end;
    for (std::size_t const end : {std::min(split, rest.size()), rest.size()}) {
        if (outcome.complete || outcome.refused) break;
        auto const piece = rest.substr(used, end - used);
        auto const progress = decoder.decode(piece, out.data() + produced, limits.max_body_bytes);
        used += progress.consumed;
        produced += progress.produced;
        outcome.complete = progress.done;
        outcome.refused = static_cast<bool>(progress.refusal);
    }
    CHECK(produced <= limits.max_body_bytes);
    if (!outcome.complete) return outcome;
    outcome.body = out.substr(0, produced);
    outcome.message_end = outcome.head_end + used;
    return outcome;
}

}  // namespace
}  // namespace inlet::http

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    if (size < 2) return 0;
    std::string_view const bytes(reinterpret_cast<char const*>(data) + 2, size - 2);
    std::size_t const split = static_cast<std::size_t>(data[0] << 8 | data[1]) % (bytes.size() + 1);
    auto const whole = inlet::http::read_message(bytes, bytes.size());
    CHECK(whole == inlet::http::read_message(bytes, split));
    return 0;
}
