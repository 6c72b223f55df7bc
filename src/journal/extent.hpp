// extent.hpp - which part of the journal is there: from what the slowest reader needs up to what is synced.
// Threads: any.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <vector>

#include "journal/chain.hpp"
#include "journal/position.hpp"

namespace inlet::journal {

class Extent {
  public:
    // What recovery found; `tail` is where the journal goes on.
    void adopt(Chain const& chain, Position tail);
    // Everything before `tail` is synced; these segments were begun meanwhile, the tail's too if it is a new one.
    void advance(std::vector<std::uint64_t> const& begun, Position tail);
    struct Released {
        bool moved = false;                   // there is more room than before
        std::vector<std::uint64_t> segments;  // that hold nothing else, oldest first
    };
    // Nobody needs anything before `keep_from`.
    Released release(Position keep_from);
    // Nothing more will come: whoever waits returns.
    void stop();

    [[nodiscard]] Position synced() const;
    // Until synced() is beyond `seen`, stop(), or for at most so long.
    void wait_beyond(Position seen, std::chrono::nanoseconds longest);
    // First place that is still there.
    [[nodiscard]] Position first() const;
    [[nodiscard]] std::uint64_t segments() const;
    // Bytes of entries from what is needed up to what is synced.
    [[nodiscard]] std::uint64_t undelivered() const {
        return undelivered_.load(std::memory_order_relaxed);
    }

  private:
    // A segment that is on disk, and where its bytes stand in the sum over all segments.
    struct Held {
        std::uint64_t number;
        std::uint64_t logical_begin;  // of kSegmentHeaderBytes in it
    };

    mutable std::mutex mutex_;
    std::condition_variable moved_;
    std::atomic<std::uint64_t> undelivered_{0};
    // Guarded by mutex_:
    Position synced_;
    std::uint64_t logical_end_ = 0;   // of synced_, in the sum over all segments
    std::uint64_t logical_keep_ = 0;  // of the slowest reader
    std::deque<Held> held_;           // oldest first, never empty once a segment exists
    bool stopped_ = false;
};

}  // namespace inlet::journal
