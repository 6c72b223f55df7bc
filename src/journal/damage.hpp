// damage.hpp - a stretch of a segment that was synced once and holds no whole entry any more.
#pragma once

#include <cstdint>
#include <string>

namespace inlet::journal {

struct Damage {
    std::string file;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
    std::uint64_t first_seq = 0;  // of the missing rows
    std::uint64_t rows = 0;       // missing rows, as the sequence numbers around them tell
    std::string reason;
};

}  // namespace inlet::journal
