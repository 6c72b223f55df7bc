// row.hpp - a row is one line of JSON. The journal stores it without what only the commit knows:
//   stored      {"type":"track","id":"0193..." ,"userId":...}\n delivered
//   {"type":"track","id":"0193...","receivedAt":"...","node":"...","seq":1234,"userId":...}\n
// stamp() puts the three members in, right behind the id, whose place follows from the type.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "event/event.hpp"

namespace inlet::event {

struct Stamp {
    std::int64_t received_at_ms;
    std::string_view node;
    std::uint64_t seq;
};

// Appends the delivered form of one stored row (with its line feed).
// REQUIRES: `stored` was made by Renderer for `kind` and is one whole line.
void append_stamped(std::string& out, Kind kind, std::string_view stored, Stamp const& stamp);

// The most bytes that stamp adds to a stored row: receivedAt, node, and a seq of 20 digits.
inline constexpr std::size_t kMaxStampBytes = 40 + 24 + 27;

}  // namespace inlet::event
