#include "delivery/journal_rows.hpp"

#include <utility>

namespace inlet::delivery {

JournalRows::JournalRows(FileSystem& fs, std::string dir, Range const& range)
    : fs_(fs), dir_(std::move(dir)), range_(range), reader_(fs_, dir_, range.begin, {}) {}

void JournalRows::rewind() {
    reader_ = journal::Reader(fs_, dir_, range_.begin, {});
    rest_ = {};
    given_ = 0;
}

Result<bool> JournalRows::next(sink::Row& row) {
    while (rest_.empty()) {
        TRY(auto found, reader_.next(range_.end, entry_));
        if (!found) {
            // Damage that came up since the range was counted: the batch must not count as delivered.
            if (given_ != range_.rows)
                return fail(Errc::corrupt, "journal: rows of an open batch are gone");
            return false;
        }
        rest_ = entry_.text;
        seq_ = entry_.first_seq;
    }
    auto const kind = static_cast<event::Kind>(entry_.tag);
    auto const stored = rest_.substr(0, rest_.find('\n') + 1);
    line_.clear();
    event::append_stamped(line_, kind, stored, {entry_.received_at_ms, entry_.node, seq_});
    row = {event::to_string(kind), seq_, entry_.received_at_ms, line_};
    rest_.remove_prefix(stored.size());
    ++seq_;
    ++given_;
    return true;
}

}  // namespace inlet::delivery
