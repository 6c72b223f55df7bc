// lake_commands.hpp - `inlet lake verify`: reads a whole lake and says whether it is complete.
// Exit status: 0 complete, 1 rows missing or conflicting, 2 something could not be read.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/file.hpp"

namespace inlet::app {

struct LakeVerify {
    std::string dir;
    std::string journal_dir;  // "": the tail stays unproven
    bool json = false;
};

int lake_verify(FileSystem& fs, Clock& clock, LakeVerify const& what);

}  // namespace inlet::app
