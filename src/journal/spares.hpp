// spares.hpp - segment files that nobody needs any more: some are written over, which is twice as fast as growing one, the
// others are removed, sooner or later.
// Threads: any.
// Bounds:  at most `limit` files are kept; besides them only what the disk refuses to remove.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "base/guarded.hpp"

namespace inlet::journal {

class Spares {
  public:
    Spares(FileSystem& fs, std::string dir, std::uint64_t limit)
        : fs_(fs), dir_(std::move(dir)), limit_(limit) {}

    // Nobody needs this segment any more: its file becomes a spare, or goes.
    void retire(std::uint64_t segment);
    // The path of a file to write over, which is then the caller's; empty if there is none.
    std::string take();
    // A file that is of no use: it goes now or, if the disk refuses, with a later retire() or sweep().
    void discard(std::string path);
    void sweep();

  private:
    bool keep(std::string const& path);

    FileSystem& fs_;
    std::string const dir_;
    std::uint64_t const limit_;
    Guarded<std::vector<std::string>> paths_;
    Guarded<std::vector<std::string>> refused_;  // to be removed
};

}  // namespace inlet::journal
