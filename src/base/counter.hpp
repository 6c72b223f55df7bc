// counter.hpp - what the Stats structs are made of: numbers that any thread adds to and the metrics read.
// Relaxed: a reader sees each number whole, but two numbers need not be of the same instant.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace inlet {

class Counter {
  public:
    // The new value.
    std::uint64_t add(std::uint64_t n = 1) {
        return value_.fetch_add(n, std::memory_order_relaxed) + n;
    }
    void sub(std::uint64_t n = 1) { value_.fetch_sub(n, std::memory_order_relaxed); }
    void set(std::uint64_t n) { value_.store(n, std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

  private:
    std::atomic<std::uint64_t> value_{0};
};

// Durations in fixed buckets. Bucket i counts what took at most kBounds[i] microseconds, the last one the rest.
class LatencyHistogram {
  public:
    static constexpr std::array<std::uint64_t, 14> kBounds = {
        50,     100,    250,    500,     1'000,   2'500,     5'000,
        10'000, 25'000, 50'000, 100'000, 250'000, 1'000'000, 10'000'000};

    void observe_ns(std::int64_t ns) {
        auto const us = static_cast<std::uint64_t>(ns < 0 ? 0 : ns) / 1'000;
        std::size_t i = 0;
        while (i < kBounds.size() && us > kBounds[i]) ++i;
        buckets[i].add();
        sum_us.add(us);
    }

    std::array<Counter, kBounds.size() + 1> buckets;
    Counter sum_us;
};

}  // namespace inlet
