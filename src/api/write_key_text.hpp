// write_key_text.hpp - how secrets are written in the configuration: "NAME:KEY" for a write key, and what a key or
// token may look like. All of it fits into a header as it stands, and into Basic credentials (RFC 7617: no colon).
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "base/secret.hpp"

namespace inlet::api {

// Guessing shorter ones would be worth a try.
inline constexpr std::size_t kMinSecretBytes = 16;
inline constexpr std::size_t kMaxKeyNameBytes = 64;

inline constexpr char const* kWriteKeyRule =
    "must be NAME:KEY, the name 1 to 64 of A-Z a-z 0-9 . _ -, the key 16 to 128 of A-Z a-z 0-9 . _ "
    "- ~ + / =";
inline constexpr char const* kTokenRule = "must be 16 to 128 of A-Z a-z 0-9 . _ - ~ + / =";

namespace detail {
inline bool consists_of(std::string_view text, std::string_view further) {
    return std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               further.find(c) != further.npos;
    });
}
}  // namespace detail

// RFC 6750, 2.1 (b64token).
inline bool is_secret_text(std::string_view text) {
    return text.size() >= kMinSecretBytes && text.size() <= Secret::kMaxBytes &&
           detail::consists_of(text, "._-~+/=");
}

struct WriteKeyText {
    std::string_view name;  // needs no escapes in JSON
    std::string_view key;
};

inline std::optional<WriteKeyText> parse_write_key(std::string_view text) {
    auto const colon = text.find(':');
    if (colon == text.npos) return std::nullopt;
    WriteKeyText const parsed{text.substr(0, colon), text.substr(colon + 1)};
    bool const good_name = !parsed.name.empty() && parsed.name.size() <= kMaxKeyNameBytes &&
                           detail::consists_of(parsed.name, "._-");
    if (!good_name || !is_secret_text(parsed.key)) return std::nullopt;
    return parsed;
}

}  // namespace inlet::api
