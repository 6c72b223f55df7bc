#include "event/escape.hpp"

#include <cstdint>

namespace inlet::event {
namespace {

constexpr std::size_t kUnicodeSize = 6;  // backslash, u, four digits

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Length of the escape at the start of `text`, 0 if it is none.
std::size_t escape_size(std::string_view text) {
    if (text.size() < 2) return 0;
    switch (text[1]) {
        case '"':
        case '\\':
        case '/':
        case 'b':
        case 'f':
        case 'n':
        case 'r':
        case 't':
            return 2;
        case 'u':
            break;
        default:
            return 0;
    }
    if (text.size() < kUnicodeSize) return 0;
    for (char c : text.substr(2, 4)) {
        if (hex_digit(c) < 0) return 0;
    }
    return kUnicodeSize;
}

char simple_escape(char c) {
    switch (c) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        default:
            return c;  // quote, backslash, slash
    }
}

bool is_unicode(std::string_view text) {
    return text.size() >= kUnicodeSize && text[1] == 'u';
}

std::uint32_t code_unit(std::string_view text) {
    std::uint32_t unit = 0;
    for (char c : text.substr(2, 4)) unit = unit << 4 | static_cast<std::uint32_t>(hex_digit(c));
    return unit;
}

// Takes one \u escape, or two that are a surrogate pair, from the front of `raw`.
std::uint32_t take_unicode(std::string_view& raw) {
    auto const first = code_unit(raw);
    raw.remove_prefix(kUnicodeSize);
    bool const high = first >= 0xD800 && first < 0xDC00;
    if (!high || raw.empty() || raw.front() != '\\' || !is_unicode(raw)) return first;
    auto const second = code_unit(raw);
    if (second < 0xDC00 || second > 0xDFFF) return first;
    raw.remove_prefix(kUnicodeSize);
    return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
}

struct Utf8 {
    char bytes[4];
    std::size_t size;
};

Utf8 utf8(std::uint32_t code) {
    auto const tail = [&](int shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
    if (code < 0x80) return {{static_cast<char>(code)}, 1};
    if (code < 0x800) return {{static_cast<char>(0xC0 | code >> 6), tail(0)}, 2};
    if (code < 0x10000) return {{static_cast<char>(0xE0 | code >> 12), tail(6), tail(0)}, 3};
    return {{static_cast<char>(0xF0 | code >> 18), tail(12), tail(6), tail(0)}, 4};
}

// Hands the decoded text of `raw` to `sink`, piece by piece.
template <class Sink>
void decode(std::string_view raw, Sink sink) {
    for (;;) {
        auto const slash = raw.find('\\');
        sink(raw.substr(0, slash));
        if (slash == std::string_view::npos) return;
        raw.remove_prefix(slash);
        if (is_unicode(raw)) {
            auto const encoded = utf8(take_unicode(raw));
            sink(std::string_view(encoded.bytes, encoded.size));
        } else {
            char const c = simple_escape(raw[1]);
            sink(std::string_view(&c, 1));
            raw.remove_prefix(2);
        }
    }
}

}  // namespace

std::size_t find_bad_escape(std::string_view text) {
    auto at = text.find('\\');
    while (at != std::string_view::npos) {
        auto const size = escape_size(text.substr(at));
        if (size == 0) return at;
        at += size;
        // Escapes like to stand together (\r\n, other scripts in ASCII): do not search for the next
        // one.
        if (at >= text.size() || text[at] != '\\') at = text.find('\\', at);
    }
    return std::string_view::npos;
}

std::size_t decoded_size(std::string_view raw) {
    std::size_t size = 0;
    decode(raw, [&](std::string_view piece) { size += piece.size(); });
    return size;
}

void append_decoded(std::string& out, std::string_view raw) {
    decode(raw, [&](std::string_view piece) { out += piece; });
}

}  // namespace inlet::event
