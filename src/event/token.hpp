// token.hpp - the grammar of single tokens (RFC 8259).
#pragma once

#include <cstdint>
#include <string_view>

namespace inlet::event {

inline bool is_space(char c) {
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}
inline bool is_digit(char c) {
    return static_cast<unsigned char>(c - '0') < 10;
}

// Section 6: -?(0|[1-9][0-9]*)(.[0-9]+)?([eE][+-]?[0-9]+)?
bool is_number(std::string_view token);

// Section 3: true, false, null.
bool is_literal(std::string_view token);

// An integer literal, without fraction or exponent, that fits 64 bits with sign.
bool is_int64(std::string_view token);

}  // namespace inlet::event
