// time.hpp - wall-clock times as text, always UTC, without locale or time zone files.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inlet {

inline constexpr std::size_t kIsoTimeSize = 24;

// Appends "2026-11-22T11:04:02.123Z". REQUIRES: the year is 0 to 9999.
void append_iso_time(std::string& out, std::int64_t unix_ms);
std::string iso_time(std::int64_t unix_ms);

// "2026-11-22": the UTC date that names a dt= folder.
std::string utc_date(std::int64_t unix_ms);
// Days since 1970-01-01 (UTC), for comparing dates without text.
std::int64_t utc_day(std::int64_t unix_ms);

// Milliseconds since 1970-01-01 UTC of "2026-11-22T11:04:02Z", also with a fraction of a second, and with an offset
// ("+01:00", "+0100") in place of Z. Nothing for any other text, a date that does not exist, or a time without a zone.
std::optional<std::int64_t> parse_iso_time(std::string_view text);

// "Sun, 22 Nov 2026 11:04:02 GMT", as the Date header wants it (RFC 9110, 5.6.7).
std::string http_date(std::int64_t unix_ms);

}  // namespace inlet
