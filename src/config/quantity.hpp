// quantity.hpp - numbers with a unit: bytes and times.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inlet::config {

enum class Unit : std::uint8_t { none, bytes, bytes_per_second, milliseconds, seconds };

// Whether a quantity may be written with a suffix: "64MiB", "5s".
bool has_suffixes(Unit unit);

// "64 MiB", "5 s": only if that is exact and shorter to read than the number, else empty.
std::string with_unit(std::int64_t value, Unit unit);

// "1048576", "1MiB", "500 MB"; "250ms", "5s", "2m", "1h", "7d". A number alone is in the key's
// unit. None if it is no number, has an unknown unit, or needs more than 64 bits.
std::optional<std::int64_t> parse_quantity(std::string_view text, Unit unit);

}  // namespace inlet::config
