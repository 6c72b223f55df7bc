#include "delivery/retention.hpp"

#include <algorithm>

#include "journal/slot_file.hpp"

namespace inlet::delivery {

std::size_t Retention::add(journal::Position keep_from) {
    keep_.push_back(keep_from);
    return keep_.size() - 1;
}

Result<bool> Retention::hold(FileSystem& fs, std::string const& journal_dir,
                             journal::StoredLane const& lane) {
    // It may be there only because a killed process wrote it; opening it makes sure of the disk.
    TRY(journal::SlotFile::open(fs, journal_dir, journal::lane_file_name(lane.name)));
    if (lane.state.is_detached) return false;
    add(lane.state.cursor);
    return true;
}

void Retention::begin() {
    if (!keep_.empty()) release();
}

void Retention::moved(std::size_t lane, journal::Position keep_from) {
    std::lock_guard guard(mutex_);
    if (keep_[lane] == keep_from) return;
    keep_[lane] = keep_from;
    // With the lock, so that an older answer cannot come after a newer one.
    release();
}

void Retention::release() {
    journal_.release(*std::min_element(keep_.begin(), keep_.end()));
}

}  // namespace inlet::delivery
