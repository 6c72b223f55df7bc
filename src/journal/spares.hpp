// spares.hpp - delivered segment files that are written over instead of being removed: writing over a file is twice as
// fast as growing one.
// Threads: any.
// Bounds:  at most `limit` files are kept.
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

  private:
    FileSystem& fs_;
    std::string const dir_;
    std::uint64_t const limit_;
    Guarded<std::vector<std::string>> paths_;
};

}  // namespace inlet::journal
