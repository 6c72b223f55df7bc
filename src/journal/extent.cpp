#include "journal/extent.hpp"

#include <algorithm>

#include "journal/format.hpp"

namespace inlet::journal {

void Extent::adopt(Chain const& chain, Position tail) {
    std::lock_guard guard(mutex_);
    for (auto const& span : chain.segments) {
        held_.push_back({span.header.segment, logical_end_});
        logical_end_ += span.end - kSegmentHeaderBytes;
    }
    synced_ = tail;
    undelivered_ = logical_end_;
}

void Extent::advance(std::vector<std::uint64_t> const& begun, Position tail) {
    {
        std::lock_guard guard(mutex_);
        for (auto const number : begun) held_.push_back({number, logical_end_});
        logical_end_ +=
            tail.offset - (tail.segment == synced_.segment ? synced_.offset : kSegmentHeaderBytes);
        synced_ = tail;
        undelivered_.store(logical_end_ - logical_keep_, std::memory_order_relaxed);
    }
    moved_.notify_all();
}

Extent::Released Extent::release(Position keep_from) {
    Released released;
    std::lock_guard guard(mutex_);
    keep_from = std::min(keep_from, synced_);
    while (held_.size() > 1 && held_.front().number < keep_from.segment) {
        released.segments.push_back(held_.front().number);
        held_.pop_front();
    }
    if (!held_.empty()) {
        auto const& front = held_.front();
        bool const inside =
            front.number == keep_from.segment && keep_from.offset > kSegmentHeaderBytes;
        auto const keep =
            front.logical_begin + (inside ? keep_from.offset - kSegmentHeaderBytes : 0);
        released.moved = keep > logical_keep_;
        logical_keep_ = keep;
    }
    undelivered_.store(logical_end_ - logical_keep_, std::memory_order_relaxed);
    return released;
}

void Extent::stop() {
    {
        std::lock_guard guard(mutex_);
        stopped_ = true;
    }
    moved_.notify_all();
}

Position Extent::synced() const {
    std::lock_guard guard(mutex_);
    return synced_;
}

void Extent::wait_beyond(Position seen, std::chrono::nanoseconds longest) {
    std::unique_lock guard(mutex_);
    moved_.wait_for(guard, longest, [&] { return stopped_ || synced_ > seen; });
}

Position Extent::first() const {
    std::lock_guard guard(mutex_);
    if (held_.empty()) return synced_;
    return {held_.front().number, kSegmentHeaderBytes, 0};
}

std::uint64_t Extent::segments() const {
    std::lock_guard guard(mutex_);
    return held_.size();
}

}  // namespace inlet::journal
