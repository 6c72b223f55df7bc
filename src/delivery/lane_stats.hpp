// lane_stats.hpp - what a lane counts, for /metrics and /status.
// Threads: written by the lane's own, read by any.
#pragma once

#include <string>
#include <string_view>

#include "base/counter.hpp"
#include "base/guarded.hpp"
#include "journal/lane_state.hpp"

namespace inlet::delivery {

struct LaneStats {
    // Of the rows of the journal's present node, all time; with what is pending they add up to the rows accepted.
    Counter delivered;
    Counter quarantined;
    Counter detached;
    Counter damaged;
    Counter other_types;  // not this lane's business
    Counter cursor_seq;   // gauge: the next row to look at
    // Since the start.
    Counter batches;
    Counter failures;
    Counter requests;          // to the destination, where there are any
    Counter retried;           // rows that had to be sent again
    Counter maybe_duplicated;  // those among them that may have arrived all the same
    Counter throttled;         // requests and records that were refused for being too fast
    Counter delivered_bytes;   // of the rows
    Counter sent_bytes;        // as they went out
    Counter billed_bytes;      // by the destination's rule of rounding
    Counter objects;
    Counter objects_already_present;
    Counter
        oldest_received_ms;  // gauge: Unix time of the oldest row not delivered; 0: there is none
    Counter caught_up;       // gauge: 1 if nothing waits
    Counter failing;         // gauge: 1 while the last try failed
    Counter holding;         // gauge: 1 while it fails in a way that does not go away by waiting
    Guarded<std::string> last_error;  // empty while all is well
};

// Shows what a lane's record says of the rows of `node`.
void show(LaneStats& stats, journal::LaneState const& state, std::string_view node);

}  // namespace inlet::delivery
