// fixed_random.hpp - getrandom(2) gives numbers that follow from a seed.
// Threads: one.
#pragma once

#include <cstdint>

namespace inlet::sim {

void seed_getrandom(std::uint64_t seed);

}  // namespace inlet::sim
