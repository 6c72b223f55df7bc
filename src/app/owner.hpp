// owner.hpp - a command that root starts goes on as the owner of the journal, so that no file of root's is left there,
// which the server could not write.
// Threads: main, before others start.
#pragma once

#include <string>

#include "base/error.hpp"

namespace inlet::app {

// Does nothing unless this process is root and the folder belongs to somebody else. Errors: io.
Result<void> become_owner(std::string const& dir);

}  // namespace inlet::app
