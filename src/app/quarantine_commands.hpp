// quarantine_commands.hpp - `inlet quarantine ls|retry|drop`: the rows that a destination refused for good. All three
// may be used while a server runs.
// Exit status: 0 fine (for ls: none there), 1 rows remain, 2 unreadable or not possible.
#pragma once

#include <string>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "config/config.hpp"

namespace inlet::app {

struct QuarantineChoice {
    std::string lane;  // "": all lanes
    bool yes = false;
};

int quarantine_ls(config::Config const& config, FileSystem& fs, QuarantineChoice const& choice);
// Sends them again, each to the sink of its lane.
int quarantine_retry(config::Config const& config, FileSystem& fs, Clock& clock,
                     QuarantineChoice const& choice);
// Gives them up; the receipt says so to `inlet lake verify`.
int quarantine_drop(config::Config const& config, FileSystem& fs, Clock& clock,
                    QuarantineChoice const& choice);

}  // namespace inlet::app
