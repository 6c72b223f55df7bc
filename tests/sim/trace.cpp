#include "sim/trace.hpp"

#include <cstdio>
#include <utility>

namespace inlet::sim {

void Trace::line(std::string_view text) {
    constexpr std::uint64_t kPrime = 0x100000001B3;  // FNV-1a, 64 bits
    for (char const c : text) hash_ = (hash_ ^ static_cast<unsigned char>(c)) * kPrime;
    hash_ = (hash_ ^ '\n') * kPrime;
    if (verbose_)
        std::printf("%6llu  %.*s\n", static_cast<unsigned long long>(step_),
                    static_cast<int>(text.size()), text.data());
}

void Trace::violate(std::string_view invariant, std::string sentence) {
    line("VIOLATED " + std::string(invariant) + ": " + sentence);
    if (!violation_) violation_ = Violation{step_, std::string(invariant), std::move(sentence)};
}

}  // namespace inlet::sim
