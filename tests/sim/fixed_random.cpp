// getrandom(2) for the simulation: what the journal draws its names from must follow from the seed too. Being in the
// program itself it goes before the C library's.
#include "sim/fixed_random.hpp"

#include <cstddef>
#include <random>
#include <sys/types.h>

namespace inlet::sim {
namespace {

std::mt19937_64& source() {
    static std::mt19937_64 random;
    return random;
}

}  // namespace

void seed_getrandom(std::uint64_t seed) {
    source().seed(seed);
}

}  // namespace inlet::sim

extern "C" ssize_t getrandom(void* out, std::size_t size, unsigned /*flags*/) {
    auto* bytes = static_cast<unsigned char*>(out);
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<unsigned char>(inlet::sim::source()() & 0xFF);
    return static_cast<ssize_t>(size);
}
