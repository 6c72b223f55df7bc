// backoff.hpp - how long to wait before the next try: doubling, capped, with jitter, without end.
#pragma once

#include <algorithm>
#include <cstdint>

namespace inlet::delivery {

class Backoff {
  public:
    struct Options {
        std::int64_t first_ms = 100;
        std::int64_t max_ms = 30'000;
    };
    Backoff(Options options, std::uint64_t seed) : options_(options), random_(seed | 1) {}

    // Between half and all of first * 2^n: lanes that failed together do not come back together.
    std::int64_t next_ms() {
        auto const full = std::min(options_.max_ms, options_.first_ms << std::min(failures_, 20));
        ++failures_;
        // xorshift64: jitter needs no better.
        random_ ^= random_ << 13;
        random_ ^= random_ >> 7;
        random_ ^= random_ << 17;
        return full / 2 +
               static_cast<std::int64_t>(random_ % static_cast<std::uint64_t>(full / 2 + 1));
    }
    void reset() { failures_ = 0; }

  private:
    Options options_;
    int failures_ = 0;
    std::uint64_t random_;
};

}  // namespace inlet::delivery
