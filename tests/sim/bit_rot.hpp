// bit_rot.hpp - damages what was synced: one byte of an entry or of a segment's header, and tells the
// oracle which rows it may cost.
// Not in the last two commits (the last one cannot be told from one that was never synced, docs/journal-format.md; if
// it was not, it goes, and the one before is the last), not in rows of which objects may be there already (their lane
// would have to stop for somebody), and of a header only in one of its two copies.
// Threads: one.
#pragma once

#include "sim/world.hpp"

namespace inlet::sim {

void damage_something(World& world);

}  // namespace inlet::sim
