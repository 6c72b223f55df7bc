// lane_state.hpp - what must survive of one lane: its cursor, its counts, and the plan of a delivery under way.
// Stored together, so that "delivered up to here" and "no plan" become true at the same moment.
// Threads: one per lane.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "journal/position.hpp"
#include "journal/slot_file.hpp"

namespace inlet::journal {

// A batch that may have been published in part: it must be delivered again exactly as the plan says.
struct Plan {
    Position end;  // behind its last entry
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;
    std::string text;  // the sink's own words
};

struct LaneState {
    std::string node;      // that the cursor's seq belongs to; empty: nothing delivered yet
    Position cursor = {};  // everything before it is handled
    // Rows of this node before the cursor, by what became of them; they add up to cursor.seq - 1.
    std::uint64_t delivered = 0;
    std::uint64_t quarantined = 0;
    std::uint64_t detached = 0;  // were there before the lane, or it was told not to bring them
    std::uint64_t damaged = 0;
    std::uint64_t other_types = 0;  // passed over: the lane takes rows of one type alone
    // Nothing is kept for it: the rows from the cursor on count as detached until its sink is there again.
    bool is_detached = false;
    std::optional<Plan> plan = std::nullopt;
};

std::string encode(LaneState const& state);
Result<LaneState> decode_lane_state(std::string_view text);

// "lane-lake"; the folder of the journal holds one per lane.
std::string lane_file_name(std::string_view lane);

struct StoredLane {
    std::string name;
    LaneState state;
};

// The lanes that a folder knows, whether or not they are configured now. One whose record was never written, or is
// damaged in both its slots, needs all that is still there. A whole record that says nonsense is an error: guessing
// would lose or repeat rows.
Result<std::vector<StoredLane>> read_lanes(FileSystem& fs, std::string const& dir);

// The furthest place that any of them has seen: what Journal::open() wants as `floor`.
Position furthest(std::vector<StoredLane> const& lanes);

}  // namespace inlet::journal
