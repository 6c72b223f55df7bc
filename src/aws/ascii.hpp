// ascii.hpp - small questions about text in headers, URLs and profiles, without a locale.
// Threads: any.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace inlet::aws {

inline bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
inline bool is_lower(char c) {
    return c >= 'a' && c <= 'z';
}
inline bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}
inline bool is_alphanumeric(char c) {
    return is_lower(c) || is_upper(c) || is_digit(c);
}

inline char lower(char c) {
    return is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
}
inline std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) c = lower(c);
    return out;
}

inline constexpr std::string_view kBlanks = " \t\r\n\f\v";

inline std::string_view trimmed(std::string_view text) {
    auto const first = text.find_first_not_of(kBlanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

}  // namespace inlet::aws
