// manual_clock.hpp - a Clock that stands still until the test moves it.
// Threads: any.
#pragma once

#include <atomic>

#include "base/clock.hpp"

namespace inlet::test {

class ManualClock final : public Clock {
  public:
    // 2026-11-22T11:04:02.123Z, the time in our documents' examples.
    static constexpr std::int64_t kStart = 1'795'345'442'123;

    explicit ManualClock(std::int64_t unix_ms = kStart) : unix_ms_(unix_ms) {}

    std::int64_t unix_ms() override { return unix_ms_.load(); }
    std::int64_t steady_ns() override { return steady_ns_.load(); }

    // Time passes on both clocks.
    void advance_ms(std::int64_t ms) {
        unix_ms_ += ms;
        steady_ns_ += ms * 1'000'000;
    }
    // Somebody sets the wall clock; the steady one does not notice.
    void set_unix_ms(std::int64_t unix_ms) { unix_ms_ = unix_ms; }
    void set_steady_ns(std::int64_t ns) { steady_ns_ = ns; }

  private:
    std::atomic<std::int64_t> unix_ms_;
    std::atomic<std::int64_t> steady_ns_{1'000'000'000};
};

}  // namespace inlet::test
