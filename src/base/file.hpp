// file.hpp - the seam through which everything durable reaches the disk.
// The journal, its cursors and the local lake use these two interfaces and nothing else, so that tests can
// lose, tear, delay and refuse any single call (tests/support/faulty_file_system.hpp).
// Threads:   a File may be used by several threads as long as they touch different ranges; FileSystem by any.
// Errors:    full (ENOSPC, EDQUOT), not_found, exists, io; the context names the path and the call.
// EINTR and short reads or writes are handled here: a call does all of its work or fails.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace inlet {

// An open file; closed by the destructor, which loses nothing that sync() promised.
class File {
  public:
    virtual ~File() = default;

    // Fills `out` from `offset`; returns fewer bytes only where the file ends.
    virtual Result<std::size_t> read(std::uint64_t offset, std::span<char> out) = 0;
    // Writes all of `data` at `offset`. After an error any part of the range may have been written.
    virtual Result<void> write(std::uint64_t offset, std::string_view data) = 0;
    // Returns when all that was written before survives a power cut (fdatasync). After an error nothing
    // is known about what was written since the last success, and calling it again does not help: Linux
    // marks the pages clean and reports the failure once.
    virtual Result<void> sync() = 0;
    // Reserves disk space for [0, bytes), so that later writes into it cannot fail for want of space.
    virtual Result<void> reserve(std::uint64_t bytes) = 0;
    virtual Result<std::uint64_t> size() = 0;
    // Takes the exclusive lock that is held until the file is closed; `exists` if another process has it.
    virtual Result<void> lock() = 0;
};

enum class OpenMode : std::uint8_t {
    read,        // must exist
    read_write,  // must exist
    create,      // read and write; created if missing
    create_new,  // read and write; `exists` if there is one
};

class FileSystem {
  public:
    virtual ~FileSystem() = default;

    virtual Result<std::unique_ptr<File>> open(std::string const& path, OpenMode mode) = 0;
    // Atomic; replaces `to`. Durable only after sync_directory() of the folder(s).
    virtual Result<void> rename(std::string const& from, std::string const& to) = 0;
    virtual Result<void> remove(std::string const& path) = 0;
    // Creates the folder and its parents. On return its entry is durable, also if it was there before; of a
    // folder in one that this process may not read, its owner took care.
    virtual Result<void> make_directories(std::string const& path) = 0;
    virtual Result<void> sync_directory(std::string const& path) = 0;
    // Names (not paths) of the entries of a folder, sorted, without "." and "..".
    virtual Result<std::vector<std::string>> list(std::string const& path) = 0;
    // Bytes a non-root process can still write on the file system that holds `path`.
    virtual Result<std::uint64_t> free_bytes(std::string const& path) = 0;
};

FileSystem& posix_file_system();

// "a/b" + "c" -> "a/b/c"
std::string join_path(std::string_view folder, std::string_view name);

// Success also if there is no such file.
Result<void> remove_if_there(FileSystem& fs, std::string const& path);

// The whole file as a string; `invalid` if it is longer than `max_bytes`.
Result<std::string> read_file(FileSystem& fs, std::string const& path, std::size_t max_bytes);

}  // namespace inlet
