#include "event/text_fault.hpp"

#include <algorithm>
#include <cstdint>

#include "event/token.hpp"

namespace inlet::event {
namespace {

// Length of the UTF-8 sequence at the start of `text` (RFC 3629, section 4), 0 if there is none.
std::size_t sequence_size(std::string_view text) {
    auto const byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
    };
    auto const in = [&](std::size_t i, unsigned low, unsigned high) {
        return byte(i) >= low && byte(i) <= high;
    };
    auto const tail = [&](std::size_t i) { return in(i, 0x80, 0xBF); };
    auto const first = byte(0);
    if (first < 0x80) return 1;
    if (first >= 0xC2 && first <= 0xDF) return tail(1) ? 2 : 0;
    if (first >= 0xE0 && first <= 0xEF) {
        // No longer forms than needed (E0), no surrogates (ED).
        bool const second = in(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
        return second && tail(2) ? 3 : 0;
    }
    if (first >= 0xF0 && first <= 0xF4) {
        // No longer forms than needed (F0), nothing beyond U+10FFFF (F4).
        bool const second = in(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
        return second && tail(2) && tail(3) ? 4 : 0;
    }
    return 0;
}

}  // namespace

TextFault find_text_fault(std::string_view text) {
    if (std::all_of(text.begin(), text.end(), is_space)) return {"the body is empty", 0};
    std::size_t string_begin = 0;
    bool in_string = false;
    for (std::size_t at = 0; at < text.size();) {
        auto const size = sequence_size(text.substr(at));
        if (size == 0) return {"this is not UTF-8", at};
        char const c = text[at];
        if (in_string && static_cast<unsigned char>(c) < 0x20) {
            return {"a control character in a string must be escaped", at};
        }
        if (c == '"') {
            in_string = !in_string;
            string_begin = at;
        }
        // A backslash is no matter outside of a string, but the quote behind it opens none.
        bool const escaped_ascii =
            c == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\');
        at += escaped_ascii ? 2 : size;
    }
    if (in_string) return {"a string is not closed", string_begin};
    return {};
}

}  // namespace inlet::event
