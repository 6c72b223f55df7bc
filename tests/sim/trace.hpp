// trace.hpp - what happened in a run, line by line: two runs with the same seed must leave the same hash. The first
// broken promise ends the run.
// Threads: one.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace inlet::sim {

struct Violation {
    std::uint64_t step;
    std::string invariant;  // "I1 no loss"
    std::string sentence;
};

class Trace {
  public:
    // `verbose`: each line goes to standard output too.
    explicit Trace(bool verbose) : verbose_(verbose) {}

    void begin_step(std::uint64_t step) { step_ = step; }
    void line(std::string_view text);
    // Only the first one is kept: what follows is a consequence.
    void violate(std::string_view invariant, std::string sentence);

    [[nodiscard]] bool verbose() const { return verbose_; }
    [[nodiscard]] std::uint64_t hash() const { return hash_; }
    [[nodiscard]] std::optional<Violation> const& violation() const { return violation_; }

  private:
    bool verbose_;
    std::uint64_t step_ = 0;
    std::uint64_t hash_ = 0xCBF29CE484222325;  // FNV-1a, 64 bits: offset basis
    std::optional<Violation> violation_;
};

}  // namespace inlet::sim
