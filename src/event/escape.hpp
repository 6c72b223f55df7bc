// escape.hpp - escapes in JSON strings (RFC 8259, section 7): checked always, decoded only to
// compare. Half of a surrogate pair, as in "\ud800", is grammatical JSON. It is kept as sent, and
// decodes to the three bytes that UTF-8 would use for it, so that different strings stay different.
#pragma once

#include <string>
#include <string_view>

namespace inlet::event {

// Position of the first backslash that starts no valid escape, npos if there is none. Works on a
// whole body: a backslash outside of a string is refused by the Walker whatever this says.
std::size_t find_bad_escape(std::string_view text);

// `raw` is what stands between the quotes. REQUIRES (both): its escapes are valid.
std::size_t decoded_size(std::string_view raw);
void append_decoded(std::string& out, std::string_view raw);

inline bool has_escape(std::string_view raw) {
    return raw.find('\\') != std::string_view::npos;
}

// "name" -> name
inline std::string_view unquoted(std::string_view token) {
    return token.substr(1, token.size() - 2);
}

}  // namespace inlet::event
