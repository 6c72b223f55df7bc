// faulty_file_system.hpp - a FileSystem in memory that can lose, tear and refuse.
// It has two images of everything: what programs see, and what is on the disk (durable).
//   write, reserve          change what is seen; File::sync() makes the file's content durable
//   create, rename, remove  change what is seen; durable after sync_directory() of the folder.
//                           Syncing a file does not make its name durable: POSIX promises no such
//                           thing
//   make_directories        durable on return, as file.hpp says
// crash() throws the seen image away and goes on from what the disk has, or might have.
// Files opened before a crash answer EIO from then on, and their locks are free.
//   for (std::uint64_t n = 1;; ++n) {                      // a crash at every call
//       FaultyFileSystem fs;  fs.fail_call({.call = n, .persistent = true});
//       work(fs);  if (fs.calls() < n) break;
//       fs.crash(Crash::keep_some, n);  redo(fs);  check(fs);
//   }
// Paths: absolute and relative ones start at the same root; "", "." and "/" are that root.
// Threads: any.
#pragma once

#include <cerrno>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"

namespace inlet::test {

enum class Crash : std::uint8_t {
    lose_unsynced,  // the disk has only what was synced
    keep_some,      // and any sectors of 512 bytes, and any folder changes, of what was not
    keep_all,       // the process died, the machine did not
};

struct Fault {
    std::uint64_t call = 0;  // counted from 1 over all calls that change something (see calls())
    int err = EIO;
    bool persistent = false;  // this call and all after it
    // Only for a failing write: so many of its bytes are written first.
    std::size_t partial_bytes = 0;
};

class FaultyFileSystem final : public FileSystem {
  public:
    // `seed` decides what a failed sync() leaves on the disk.
    explicit FaultyFileSystem(std::uint64_t seed = 1);
    ~FaultyFileSystem() override;

    Result<std::unique_ptr<File>> open(std::string const& path, OpenMode mode) override;
    Result<void> rename(std::string const& from, std::string const& to) override;
    Result<void> remove(std::string const& path) override;
    Result<void> make_directories(std::string const& path) override;
    Result<void> sync_directory(std::string const& path) override;
    Result<std::vector<std::string>> list(std::string const& path) override;
    Result<std::uint64_t> free_bytes(std::string const& path) override;

    // Faults. Several may be set.
    void fail_call(Fault const& fault);
    void clear_faults();
    // Calls so far that change something: open with create or create_new, write, sync, reserve,
    // rename, remove, make_directories (if something is missing) and sync_directory.
    [[nodiscard]] std::uint64_t calls() const;
    // "write var/a", ... of all of them, for messages.
    [[nodiscard]] std::vector<std::string> call_names() const;

    // The machine stops and comes back. Faults are cleared.
    void crash(Crash mode, std::uint64_t seed = 1);

    // Files together may hold this much; more is ENOSPC, after as much of the write as fits.
    void set_capacity(std::uint64_t bytes);
    // From now on reading the file, as it is now, fails with EIO.
    void make_unreadable(std::string const& path);

    // Damage to the medium: in both images. The file must exist.
    void flip_byte(std::string const& path, std::uint64_t offset);
    void truncate(std::string const& path, std::uint64_t size);

    // A file with its folders, all durable; replaces what is there.
    void put(std::string const& path, std::string_view content);
    // The content that is seen, or that is durable; nothing if there is no such file.
    [[nodiscard]] std::optional<std::string> bytes(std::string const& path) const;
    [[nodiscard]] std::optional<std::string> durable_bytes(std::string const& path) const;
    // Paths of all files that are seen, sorted.
    [[nodiscard]] std::vector<std::string> files() const;

  private:
    class OpenFile;
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace inlet::test
