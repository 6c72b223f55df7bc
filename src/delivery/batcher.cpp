#include "delivery/batcher.hpp"

#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "event/event.hpp"
#include "event/row.hpp"

namespace inlet::delivery {

RowFilter RowFilter::of_type(std::string_view type) {
    for (auto kind : {event::Kind::track, event::Kind::alias, event::Kind::profile}) {
        if (event::to_string(kind) == type) return {static_cast<std::uint8_t>(kind)};
    }
    CHECK(type.empty());
    return {};
}

Batcher::Batcher(FileSystem& fs, std::string dir, journal::Position cursor, sink::Roll roll,
                 RowFilter filter)
    : roll_(roll),
      filter_(filter),
      reader_(fs, std::move(dir), cursor, [this](journal::Damage const& damage) {
          log::error("journal damaged", {{"file", damage.file},
                                         {"offset", damage.offset},
                                         {"bytes", damage.bytes},
                                         {"first_seq", damage.first_seq},
                                         {"rows", damage.rows},
                                         {"reason", damage.reason}});
          damaged_ += damage.rows;
      }) {}

Result<bool> Batcher::fill(journal::Position limit) {
    if (following_) return true;
    journal::Entry entry;
    for (;;) {
        if (range_ && (range_->bytes >= roll_.max_bytes || range_->rows >= roll_.max_rows))
            return true;
        TRY(auto found, reader_.next(limit, entry));
        if (!found) return false;
        if (!range_ || fits(entry)) {
            add(entry);
            continue;
        }
        std::swap(range_, following_);
        add(entry);
        std::swap(range_, following_);
        return true;
    }
}

Result<bool> Batcher::fill_exactly(journal::Position end) {
    journal::Entry entry;
    for (;;) {
        TRY(auto found, reader_.next(end, entry));
        if (found) {
            add(entry);
            continue;
        }
        if (!range_ || reader_.position() < end) return false;
        range_->end = end;  // also if the last entries are damaged
        range_->damaged += std::exchange(damaged_, 0);
        return true;
    }
}

std::optional<Range> Batcher::gap() const {
    if (range_ || reader_.node().empty()) return std::nullopt;
    Range gap;
    gap.begin = gap.end = reader_.position();
    gap.node = reader_.node();
    gap.damaged = damaged_;
    return gap;
}

Range Batcher::take() {
    CHECK(range_.has_value());
    return *std::exchange(range_, std::exchange(following_, std::nullopt));
}

journal::Position Batcher::begin() const {
    return range_ ? range_->begin : reader_.position();
}

bool Batcher::fits(journal::Entry const& entry) const {
    if (entry.node != range_->node) return false;
    if (range_->rows == 0 || !filter_.takes(entry)) return true;
    return utc_day(entry.received_at_ms) == utc_day(range_->first_received_ms);
}

void Batcher::add(journal::Entry const& entry) {
    if (!range_) {
        range_.emplace();
        range_->begin = entry.begin;
        range_->node = entry.node;
    }
    range_->end = entry.end;
    range_->damaged += std::exchange(damaged_, 0);
    if (!filter_.takes(entry)) {
        range_->others += entry.rows;
        return;
    }
    if (range_->rows == 0) {
        range_->first_seq = entry.first_seq;
        range_->first_received_ms = entry.received_at_ms;
    }
    range_->last_seq = entry.first_seq + entry.rows - 1;
    range_->rows += entry.rows;
    range_->bytes += entry.text.size() + entry.rows * event::kMaxStampBytes;
}

}  // namespace inlet::delivery
