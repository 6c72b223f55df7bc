// position.hpp - places in the journal.
#pragma once

#include <compare>
#include <cstdint>

namespace inlet::journal {

// Segment files are numbered from 1; an entry starts at a byte offset of one.
struct Position {
    std::uint64_t segment = 0;
    std::uint64_t offset = 0;  // bytes from the start of the segment file
    std::uint64_t seq = 0;     // sequence number of the first row at or after this place

    // The order of places; seq follows from it, except across a change of node, where seq starts again.
    friend bool operator==(Position const& a, Position const& b) {
        return a.segment == b.segment && a.offset == b.offset;
    }
    friend auto operator<=>(Position const& a, Position const& b) {
        if (auto order = a.segment <=> b.segment; order != 0) return order;
        return a.offset <=> b.offset;
    }
};

}  // namespace inlet::journal
