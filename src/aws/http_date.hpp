// http_date.hpp - reads the Date header of a reply.
// Threads: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace inlet::aws {

// "Sun, 22 Nov 2026 11:04:02 GMT" (RFC 9110, 5.6.7) as Unix time; nothing if it is anything else.
std::optional<std::int64_t> parse_http_date(std::string_view text);

}  // namespace inlet::aws
