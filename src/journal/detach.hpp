// detach.hpp - gives up the rows that a lane still has to bring, and takes it back: while it is detached no segment is kept
// for it, and the rows that it misses are counted.
// Threads:    one.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "journal/journal.hpp"
#include "journal/lane_state.hpp"

namespace inlet::journal {

// The lane's cursor jumps to the end of what is on disk; its record then, which is durable. Opens the journal, so that
// this is all that counts, also if the last commit was left unsynced. (On a disk that takes no writes such a commit
// remains to be brought.) Needs no disk space.
// Errors: not_found if the folder knows no such lane; as Journal::open(); io, also if the journal ends before its cursors
// (a restored copy) and has no room for the new node that this takes.
Result<LaneState> detach(FileSystem& fs, Clock& clock, Options const& options,
                         std::string_view lane);

// The record of a detached lane whose sink is there again: its rows are kept from here on. What was released before
// `first`, the oldest place that is still there, it has missed. Errors: io.
Result<LaneState> attach(FileSystem& fs, std::string const& dir, LaneState state, Position first);

}  // namespace inlet::journal
