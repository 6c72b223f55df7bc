// retention.hpp - for whom the journal keeps its rows: what no lane needs any more is released.
// A lane without a sink counts too, unless its rows were given up.
// Threads:   moved() from any; the others before the first moved().
// Ownership: the journal must outlive it.
#pragma once

#include <cstddef>
#include <mutex>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"
#include "journal/journal.hpp"
#include "journal/lane_state.hpp"
#include "journal/position.hpp"

namespace inlet::delivery {

class Retention {
  public:
    explicit Retention(journal::Journal& journal) : journal_(journal) {}

    // A lane that needs what begins there; gives its number.
    std::size_t add(journal::Position keep_from);
    // A lane that the journal's folder knows and that has no sink now. False if its rows were given up: they are
    // released only if its record says so on disk. Errors: io.
    Result<bool> hold(FileSystem& fs, std::string const& journal_dir,
                      journal::StoredLane const& lane);
    // All lanes are there: what they do not need is released. Without any lane nothing is, ever.
    void begin();
    // REQUIRES: the lane's cursor is synced.
    void moved(std::size_t lane, journal::Position keep_from);

  private:
    void release();

    journal::Journal& journal_;
    std::mutex mutex_;
    std::vector<journal::Position> keep_;  // guarded by mutex_
};

}  // namespace inlet::delivery
