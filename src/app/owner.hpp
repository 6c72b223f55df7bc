// owner.hpp - a command that root starts goes on as the owner of the journal, so that no file of root's is left there,
// which the server could not write.
// Threads: main. Threads that run already change with it: glibc tells them (nptl(7), "setuid").
#pragma once

#include <string>

#include "base/error.hpp"

namespace inlet::app {

// Does nothing unless this process is root and the folder belongs to somebody else. Errors: io.
Result<void> become_owner(std::string const& dir);

}  // namespace inlet::app
