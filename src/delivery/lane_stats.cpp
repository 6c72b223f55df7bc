#include "delivery/lane_stats.hpp"

#include <algorithm>

namespace inlet::delivery {

void show(LaneStats& stats, journal::LaneState const& state, std::string_view node) {
    // While the cursor is still in the rows of an earlier node, nothing of the present one is handled.
    auto const counts = state.node == node ? state : journal::LaneState{};
    stats.delivered.set(counts.delivered);
    stats.quarantined.set(counts.quarantined);
    stats.detached.set(counts.detached);
    stats.damaged.set(counts.damaged);
    stats.other_types.set(counts.other_types);
    stats.cursor_seq.set(std::max<std::uint64_t>(1, counts.cursor.seq));
}

}  // namespace inlet::delivery
