// chain.hpp - the segments of a folder, in order, and where the journal ends. Every segment's
// header names the one before it and where that one ends, so only the last segment has to be
// scanned, and what a failed write left behind is never taken for data.
// Threads:    one.
// Errors:     io; invalid (a newer format). Damage is reported, not an error.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "journal/damage.hpp"
#include "journal/format.hpp"
#include "journal/position.hpp"

namespace inlet::journal {

struct SegmentSpan {
    SegmentHeader header;
    std::uint64_t end = kSegmentHeaderBytes;  // its entries lie in [kSegmentHeaderBytes, end)
};

struct Chain {
    std::vector<SegmentSpan> segments;  // oldest first; empty: no journal here
    Position end;                       // where the next entry would go; seq is the next to give
    // Where the last commit begins, if something of it is in the last segment, else `end`. What lies before was
    // synced; the commit itself may be known to the kernel alone, if the process was killed before its sync ended.
    Position last_commit_begin;
    std::uint64_t last_commit = 0;  // number of the last commit that counts
    std::uint64_t cut_bytes = 0;    // written bytes of a commit that was never synced
    std::uint64_t highest_number =
        0;  // of any segment file, counting those that are not part of the chain
    std::vector<std::string>
        leftovers;               // file names that are no part of it: abandoned or half made
    std::vector<Damage> damage;  // found in headers and in the last segment
    bool end_is_certain =
        true;  // false: the last segment cannot be read, numbers may have been used
};

Result<Chain> read_chain(FileSystem& fs, std::string const& dir);

// Errors: not_found if there is no journal in `dir`; corrupt if there are segments and none can be read.
Result<void> require_segments(Chain const& chain, std::string const& dir);

}  // namespace inlet::journal
