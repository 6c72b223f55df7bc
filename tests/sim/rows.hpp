// rows.hpp - the rows that simulated clients send: each has a number of its own, which stands in its id.
// Threads: any.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "event/event.hpp"

namespace inlet::sim {

// As the renderer stores it, with its line feed: `padding` bytes of content, and for a poisoned row the word that the
// delivery stream refuses.
std::string stored_row(event::Kind kind, std::uint64_t number, std::size_t padding, bool poisoned);

inline constexpr std::string_view kPoison = "\"poison\"";

// A row as it arrives at a destination.
struct ArrivedRow {
    event::Kind kind;
    std::uint64_t number;
    std::int64_t received_at_ms;
    std::string_view node;
    std::uint64_t seq;
};
// Nothing if it cannot be taken apart.
std::optional<ArrivedRow> parse_arrived(std::string_view line);
// What must have arrived, byte by byte, if `stored` was sent.
std::string arrived_form(std::string_view stored, ArrivedRow const& row);

}  // namespace inlet::sim
