// clock.hpp - the seam for time: everything that waits or stamps asks a Clock, so tests own the time.
// Threads: any.
#pragma once

#include <cstdint>

namespace inlet {

class Clock {
  public:
    virtual ~Clock() = default;
    // Wall clock: milliseconds since 1970-01-01 UTC. May jump in either direction.
    virtual std::int64_t unix_ms() = 0;
    // Never goes back; for intervals and deadlines. Nanoseconds from an arbitrary start.
    virtual std::int64_t steady_ns() = 0;

    std::int64_t steady_ms() { return steady_ns() / 1'000'000; }
};

Clock& system_clock();

}  // namespace inlet
