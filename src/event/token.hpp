// token.hpp - the grammar of single tokens (RFC 8259).
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace inlet::event {

inline bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
inline bool is_digit(char c) {
    return static_cast<unsigned char>(c - '0') < 10;
}

// Whether all of eight bytes are digits, in one step: '0' to '9' are 0x30 to 0x39, so the high half
// must be 3 before and after adding 6.
inline bool are_eight_digits(char const* text) {
    constexpr std::uint64_t kHighHalves = 0xF0F0F0F0F0F0F0F0;
    std::uint64_t bytes;
    std::memcpy(&bytes, text, sizeof(bytes));
    auto const raised = (bytes + 0x0606060606060606) & kHighHalves;
    return ((bytes & kHighHalves) | raised >> 4) == 0x3333333333333333;
}

// Section 6: -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
bool is_number(std::string_view token);

// Section 3: true, false, null.
inline bool is_literal(std::string_view token) {
    return token == "true" || token == "false" || token == "null";
}

// Any value that is neither a string nor an object or array.
inline bool is_scalar(std::string_view token) {
    return is_digit(token.front()) || token.front() == '-' ? is_number(token) : is_literal(token);
}

// An integer literal, without fraction or exponent, that fits 64 bits with sign.
bool is_int64(std::string_view token);

}  // namespace inlet::event
