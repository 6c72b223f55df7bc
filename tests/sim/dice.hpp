// dice.hpp - all chance in a run comes from its seed.
// Threads: one.
#pragma once

#include <cstdint>
#include <random>

namespace inlet::sim {

class Dice {
  public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}

    std::uint64_t number() { return random_(); }
    // 0 to n - 1. REQUIRES: n > 0.
    std::uint64_t below(std::uint64_t n) { return random_() % n; }
    std::uint64_t between(std::uint64_t low, std::uint64_t high) {
        return low + below(high - low + 1);
    }
    bool one_in(std::uint64_t n) { return below(n) == 0; }
    bool per_mille(std::uint64_t n) { return below(1'000) < n; }

  private:
    std::mt19937_64 random_;  // the same numbers with every standard library
};

}  // namespace inlet::sim
