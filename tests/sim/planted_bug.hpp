// planted_bug.hpp - mistakes that a durable log could have, put between it and the disk, or between it and its sinks:
// the simulation must find each. The product's own code is not changed.
// Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/file.hpp"
#include "sink/sink.hpp"

namespace inlet::sim {

enum class Bug : std::uint8_t {
    none,
    ack_before_sync,             // a segment's sync is put off until the next one
    cursor_before_delivery,      // a batch counts as delivered, and is sent with the next one
    unlink_before_cursor_sync,   // a cursor's sync is put off, and the segments behind it go
    sync_retried,                // a failed sync of a segment is tried again, and believed
    folder_not_synced,           // new names in the journal's folder are never synced
    damage_taken_for_torn_tail,  // recovery ends a segment at the first hole
    plan_not_saved,              // a plan is kept in memory alone
};

struct BugKind {
    Bug bug;
    std::string_view name;
    // The promise that it breaks, as a Violation names it. It may break others too, but has to be found by this one. "I9
    // numbers" is how a lost commit shows first: the number of a row that was acknowledged is given to another.
    std::string_view breaks;
};
std::span<BugKind const> all_bugs();
// Null if there is none of this name.
BugKind const* find_bug(std::string_view name);

// `disk` and `sink` as they behave with the bug.
std::unique_ptr<FileSystem> plant(Bug bug, FileSystem& disk);
std::unique_ptr<sink::Sink> plant(Bug bug, std::unique_ptr<sink::Sink> sink);

}  // namespace inlet::sim
