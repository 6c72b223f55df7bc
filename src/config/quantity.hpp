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

// " B", " B/s", " ms", " s" or "": behind a number in that unit.
std::string base_suffix(Unit unit);

// "64 MiB", "5 s": in the largest unit that is exact; empty if that is the unit itself.
std::string with_unit(std::int64_t value, Unit unit);

// "1048576", "1MiB", "500 MB"; "250ms", "5s", "2m", "1h", "7d". A number alone is in the key's
// unit. None if it is no number, has an unknown unit, or needs more than 64 bits.
std::optional<std::int64_t> parse_quantity(std::string_view text, Unit unit);

}  // namespace inlet::config
