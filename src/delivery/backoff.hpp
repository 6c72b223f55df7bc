// backoff.hpp - how long to wait before the next try: doubling, capped, with jitter, without end.
// What the first and the longest wait are depends on what went wrong.
#pragma once

#include <algorithm>
#include <cstdint>

#include "base/error.hpp"

namespace inlet::delivery {

class Backoff {
  public:
    struct Range {
        std::int64_t first_ms;
        std::int64_t max_ms;
    };
    // 50 ms, 1 s and 20 s: the AWS SDKs' standard retry mode for faults and for throttling.
    struct Options {
        Range fault = {50, 20'000};
        Range throttled = {1'000, 20'000};
        // Somebody must act; until then a try now and then is enough.
        Range hold = {1'000, 60'000};
    };
    Backoff(Options options, std::uint64_t seed) : options_(options), random_(seed | 1) {}

    // Between half and all of first * 2^n: lanes that failed together do not come back together.
    std::int64_t next_ms(Errc why) {
        auto const range = range_for(why);
        auto const full = std::min(range.max_ms, range.first_ms << std::min(failures_, 20));
        ++failures_;
        // xorshift64: jitter needs no better.
        random_ ^= random_ << 13;
        random_ ^= random_ >> 7;
        random_ ^= random_ << 17;
        return full / 2 +
               static_cast<std::int64_t>(random_ % static_cast<std::uint64_t>(full / 2 + 1));
    }
    void reset() { failures_ = 0; }

    // Waiting will not help, somebody must act.
    static bool is_hold(Errc why) { return why == Errc::rejected || why == Errc::corrupt; }

  private:
    [[nodiscard]] Range range_for(Errc why) const {
        if (is_hold(why)) return options_.hold;
        return why == Errc::overloaded ? options_.throttled : options_.fault;
    }

    Options options_;
    int failures_ = 0;
    std::uint64_t random_;
};

}  // namespace inlet::delivery
