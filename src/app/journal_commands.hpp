// journal_commands.hpp - `inlet journal ls|cat|verify|new-node` and `inlet sink ls|detach`: the folder of a journal, from
// outside. ls, cat and verify only read and may be used while a server runs; new-node and detach need it stopped.
// Exit status: 0 fine, 1 damaged or nothing to do, 2 unreadable.
#pragma once

#include <string>

#include "base/file.hpp"

namespace inlet::app {

int journal_ls(FileSystem& fs, std::string const& dir);
int journal_cat(FileSystem& fs, std::string const& dir);
int journal_verify(FileSystem& fs, std::string const& dir);
// The journal goes on under another node: for a copy whose original goes on too.
int journal_new_node(FileSystem& fs, std::string const& dir, bool yes);
int sink_ls(FileSystem& fs, std::string const& dir);
int sink_detach(FileSystem& fs, std::string const& dir, std::string const& lane, bool yes);

}  // namespace inlet::app
