// detach.hpp - gives up the rows that a lane still has to bring: those that it misses are counted as detached, and no
// segment is kept for it until it delivers again.
// Threads:    one.
#pragma once

#include <string_view>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "journal/journal.hpp"

namespace inlet::journal {

// Opens the journal, so that the place at which the cursor then stands is on disk and not only seen. Durable when it
// returns. Errors: as Journal::open(); io also if the last commit cannot be written; not_found if the folder knows no such
// lane.
Result<void> detach(FileSystem& fs, Clock& clock, Options const& options, std::string_view lane);

}  // namespace inlet::journal
