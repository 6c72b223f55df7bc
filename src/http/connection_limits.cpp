#include "http/connection_limits.hpp"

namespace inlet::http {

ConnectionLimits::Verdict ConnectionLimits::admit(std::optional<std::uint64_t> address_key) {
    if (total_.fetch_add(1, std::memory_order_relaxed) >= max_total_) {
        total_.fetch_sub(1, std::memory_order_relaxed);
        return Verdict::too_many;
    }
    if (!address_key || admit_address(*address_key)) return Verdict::admitted;
    total_.fetch_sub(1, std::memory_order_relaxed);
    return Verdict::too_many_from_address;
}

bool ConnectionLimits::admit_address(std::uint64_t address_key) {
    return shard(address_key).with([&](Counts& counts) {
        auto& count = counts[address_key];
        if (count >= max_per_address_) return false;
        ++count;
        return true;
    });
}

void ConnectionLimits::release(std::optional<std::uint64_t> address_key) {
    total_.fetch_sub(1, std::memory_order_relaxed);
    if (!address_key) return;
    shard(*address_key).with([&](Counts& counts) {
        auto const found = counts.find(*address_key);
        if (found != counts.end() && --found->second == 0) counts.erase(found);
    });
}

}  // namespace inlet::http
