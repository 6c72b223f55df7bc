// allocation_counter.hpp - counts what this test program takes from operator new, to hold code to
// its word that it allocates nothing in steady state. Including this header links the counting
// operators in.
// Threads:    counts those of the calling thread.
#pragma once

#include <cstdint>

namespace inlet::testing_support {

class AllocationCounter {
  public:
    AllocationCounter() : begin_(total()) {}
    // Calls of operator new on this thread since the constructor.
    [[nodiscard]] std::uint64_t count() const { return total() - begin_; }

  private:
    static std::uint64_t total();
    std::uint64_t begin_;
};

}  // namespace inlet::testing_support
