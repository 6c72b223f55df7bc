// key_types.hpp - the short names of types that the rows of the table are written with.
#pragma once

#include "config/key_table.hpp"

namespace inlet::config {

inline constexpr std::int64_t kKiB = 1024;
inline constexpr std::int64_t kMiB = 1024 * kKiB;
inline constexpr std::int64_t kGiB = 1024 * kMiB;
inline constexpr std::int64_t kTiB = 1024 * kGiB;
inline constexpr std::int64_t kSecond = 1000;
inline constexpr std::int64_t kHour = 3600 * kSecond;

constexpr Type boolean() {
    return {.shape = Shape::boolean};
}

constexpr Type integer(std::int64_t min, std::int64_t max, Unit unit = Unit::none) {
    return {.shape = Shape::integer, .unit = unit, .min = min, .max = max};
}

constexpr Type bytes(std::int64_t min, std::int64_t max) {
    return integer(min, max, Unit::bytes);
}

constexpr Type time_ms(std::int64_t min, std::int64_t max) {
    return integer(min, max, Unit::milliseconds);
}

constexpr Type text(TextCheck check, std::string_view item) {
    return {.shape = Shape::text, .check = check, .item = item};
}

constexpr Type list(TextCheck check, std::string_view item) {
    return {.shape = Shape::list, .check = check, .item = item};
}

constexpr Type choice(std::string_view choices) {
    return {.shape = Shape::choice, .choices = choices};
}

}  // namespace inlet::config
