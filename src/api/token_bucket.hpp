// token_bucket.hpp - how often something may happen: a burst at once, and in the long run so many a second.
// A bucket is one number, the time at which it is full again; how many tokens are in it follows from that and the
// rate. So one that was not used for a while is as good as one that was never seen.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "api/options.hpp"

namespace inlet::api {

class Rate {
  public:
    explicit Rate(RateOptions const& options)
        : interval_ns_(options.per_second == 0
                           ? 0
                           : 1'000'000'000 / static_cast<std::int64_t>(options.per_second)),
          burst_ns_(interval_ns_ * static_cast<std::int64_t>(options.burst == 0 ? options.per_second
                                                                                : options.burst)) {}

    [[nodiscard]] bool limited() const { return interval_ns_ > 0; }

    // Takes a token if there is one. `full_at_ns` is the bucket, on a clock that never goes back; 0: never used.
    bool take(std::int64_t& full_at_ns, std::int64_t now_ns) const {
        auto const next = std::max(full_at_ns, now_ns) + interval_ns_;
        if (next - now_ns > burst_ns_) return false;
        full_at_ns = next;
        return true;
    }

  private:
    std::int64_t interval_ns_;  // in which a token comes
    std::int64_t burst_ns_;     // in which an empty bucket fills
};

// A bucket for all io threads. Threads: any.
class SharedBucket {
  public:
    bool take(Rate const& rate, std::int64_t now_ns) {
        auto seen = full_at_ns_.load(std::memory_order_relaxed);
        for (;;) {
            auto next = seen;
            if (!rate.take(next, now_ns)) return false;
            if (full_at_ns_.compare_exchange_weak(seen, next, std::memory_order_relaxed))
                return true;
        }
    }

  private:
    std::atomic<std::int64_t> full_at_ns_{0};
};

}  // namespace inlet::api
