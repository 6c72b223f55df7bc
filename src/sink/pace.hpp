// pace.hpp - how fast a stream may be sent to: bytes per second, found by trying. A stream has a quota that nobody
// tells us, shared with others that write to it; over it requests are refused.
// The rate doubles each second until the first refusal, is halved by a refusal (once a second at most), and grows by
// a fixed step each second in which it was used up.
// Threads: one.
#pragma once

#include <algorithm>
#include <cstdint>

namespace inlet::sink {

class Pace {
  public:
    // 1 MiB/s is the smallest default quota of a Direct PUT stream ("Amazon Data Firehose quotas").
    static constexpr std::int64_t kStartRate = 1 << 20;
    static constexpr std::int64_t kMinRate = 64 << 10;
    static constexpr std::int64_t kMaxRate = std::int64_t{4} << 30;
    static constexpr std::int64_t kStep = 64 << 10;

    explicit Pace(std::int64_t now_ms) : filled_ms_(now_ms), judged_ms_(now_ms) {}

    // 0: send now; else how long to wait. A send may take more than there is: the rest is waited for afterwards,
    // and a little more, so that a fast stream gets several calls at a time.
    std::int64_t wait_ms(std::int64_t now_ms) {
        refill(now_ms);
        if (allowance_ > 0) return 0;
        is_used_up_ = true;
        return (rate_ / 4 - allowance_) * 1'000 / rate_ + 1;
    }
    void sent(std::int64_t bytes) { allowance_ -= bytes; }

    void throttled(std::int64_t now_ms) {
        is_searching_ = false;
        if (now_ms - slowed_ms_ < 1'000) return;
        slowed_ms_ = judged_ms_ = now_ms;
        is_used_up_ = false;
        rate_ = std::max(kMinRate, rate_ / 2);
        allowance_ = std::min<std::int64_t>(allowance_, 0);
    }

    [[nodiscard]] std::int64_t rate() const { return rate_; }

  private:
    void refill(std::int64_t now_ms) {
        if (now_ms - judged_ms_ >= 1'000) {
            if (is_used_up_) rate_ = std::min(kMaxRate, is_searching_ ? rate_ * 2 : rate_ + kStep);
            is_used_up_ = false;
            judged_ms_ = now_ms;
        }
        auto const passed = std::min<std::int64_t>(now_ms - filled_ms_, 1'000);
        allowance_ = std::min(rate_, allowance_ + rate_ * passed / 1'000);
        filled_ms_ = now_ms;
    }

    std::int64_t rate_ = kStartRate;
    std::int64_t allowance_ = kStartRate;  // bytes; at most one second's worth
    std::int64_t filled_ms_;
    std::int64_t judged_ms_;
    std::int64_t slowed_ms_ = -1'000'000;
    bool is_searching_ = true;
    bool is_used_up_ = false;  // since judged_ms_ the rate was what held us back
};

}  // namespace inlet::sink
