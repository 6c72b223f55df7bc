// simulation.hpp - one run: a safety phase of so many steps, in which disk, network, clock and process fail at random,
// then a liveness phase without faults, in which everything acknowledged must be delivered and accounted for.
// All follows from the seed.
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/planted_bug.hpp"
#include "sim/trace.hpp"

namespace inlet::sim {

struct Run {
    std::uint64_t seed = 1;
    std::uint64_t steps = 500;
    Bug bug = Bug::none;
    bool verbose = false;
};

struct Outcome {
    std::optional<Violation> violation;
    std::uint64_t trace_hash = 0;
    std::uint64_t acknowledged_rows = 0;
    std::uint64_t crashes = 0;
};

Outcome simulate(Run const& run);

}  // namespace inlet::sim
