#include "delivery/journal_rows.hpp"

#include <utility>

namespace inlet::delivery {

Error rows_are_gone() {
    return fail(Errc::corrupt, "journal: rows of an open batch are gone");
}

JournalRows::JournalRows(FileSystem& fs, std::string dir, Range const& range, RowFilter filter,
                         sink::RowSet const* only)
    : fs_(fs),
      dir_(std::move(dir)),
      range_(range),
      filter_(filter),
      only_(only),
      reader_(fs_, dir_, range.begin, {}) {}

void JournalRows::rewind() {
    reader_ = journal::Reader(fs_, dir_, range_.begin, {});
    rest_ = {};
    seen_ = 0;
}

Result<bool> JournalRows::next(sink::Row& row) {
    for (;;) {
        if (rest_.empty()) {
            TRY(auto const found, next_entry());
            if (!found) return false;
        }
        auto const stored = rest_.substr(0, rest_.find('\n') + 1);
        auto const seq = seq_++;
        rest_.remove_prefix(stored.size());
        ++seen_;
        if (only_ != nullptr && !only_->contains(seq)) continue;
        auto const kind = static_cast<event::Kind>(entry_.tag);
        line_.clear();
        stamper_.append(line_, kind, stored, {entry_.received_at_ms, entry_.node, seq});
        row = {event::to_string(kind), seq, entry_.received_at_ms, line_};
        return true;
    }
}

// The next one that the lane takes.
Result<bool> JournalRows::next_entry() {
    do {
        TRY(auto const found, reader_.next(range_.end, entry_));
        if (!found) {
            // Damage that came up since the range was counted: the batch must not count as delivered.
            came_up_short_ = seen_ != range_.rows;
            if (came_up_short_) return rows_are_gone();
            return false;
        }
    } while (!filter_.takes(entry_));
    rest_ = entry_.text;
    seq_ = entry_.first_seq;
    return true;
}

}  // namespace inlet::delivery
