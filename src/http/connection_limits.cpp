#include "http/connection_limits.hpp"

namespace inlet::http {

ConnectionLimits::Verdict ConnectionLimits::admit(std::uint64_t address_key) {
    if (total_.fetch_add(1, std::memory_order_relaxed) >= max_total_) {
        total_.fetch_sub(1, std::memory_order_relaxed);
        return Verdict::too_many;
    }
    bool const admitted = shard(address_key).with([&](Counts& counts) {
        auto& count = counts[address_key];
        if (count >= max_per_address_) return false;
        ++count;
        return true;
    });
    if (admitted) return Verdict::admitted;
    total_.fetch_sub(1, std::memory_order_relaxed);
    return Verdict::too_many_from_address;
}

void ConnectionLimits::release(std::uint64_t address_key) {
    total_.fetch_sub(1, std::memory_order_relaxed);
    shard(address_key).with([&](Counts& counts) {
        auto const found = counts.find(address_key);
        if (found != counts.end() && --found->second == 0) counts.erase(found);
    });
}

}  // namespace inlet::http
