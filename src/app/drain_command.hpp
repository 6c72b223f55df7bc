// drain_command.hpp - `inlet drain`: delivers all that the journal holds while no server runs.
// Exit status: 0 every lane is empty, 1 something is left, 2 not possible (a server runs there, the configuration).
#pragma once

#include <cstdint>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "config/config.hpp"

namespace inlet::app {

int drain(config::Config const& config, FileSystem& fs, Clock& clock, std::int64_t timeout_ms);

}  // namespace inlet::app
