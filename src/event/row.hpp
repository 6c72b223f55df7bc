// row.hpp - a row is one line of JSON. The journal stores it without what only the commit knows:
//   stored      {"type":"track","id":"0193..." ,"userId":...}\n delivered
//   {"type":"track","id":"0193...","receivedAt":"...","node":"...","seq":1234,"userId":...}\n
// Stamper puts the three members in, right behind the id, whose place follows from the type.
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

// Threads: one.
class Stamper {
  public:
    // Appends the delivered form of one stored row (with its line feed).
    // REQUIRES: `stored` was made by Renderer for `kind` and is one whole line.
    void append(std::string& out, Kind kind, std::string_view stored, Stamp const& stamp);

  private:
    // The rows of a commit have all but the seq in common: the text of the last time and node is kept.
    std::int64_t received_at_ms_ = 0;
    std::string node_;
    std::string text_;
};

// The most bytes that stamp adds to a stored row: receivedAt, node, and a seq of 20 digits.
inline constexpr std::size_t kMaxStampBytes = 40 + 24 + 27;

}  // namespace inlet::event
