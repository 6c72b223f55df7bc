#include "api/address_buckets.hpp"

#include <algorithm>
#include <random>

namespace inlet::api {
namespace {

std::uint64_t random_seed() {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
}

// The finalizer of MurmurHash3: every bit of the input changes about half of the output.
std::uint64_t mixed(std::uint64_t x) {
    x = (x ^ x >> 33) * 0xFF51AFD7ED558CCDULL;
    x = (x ^ x >> 33) * 0xC4CEB9FE1A85EC53ULL;
    return x ^ x >> 33;
}

}  // namespace

AddressBuckets::AddressBuckets(RateOptions const& options, std::size_t slots)
    : rate_(options), seed_(random_seed()) {
    if (!limited()) return;
    std::size_t const in_part = parts_.size() * std::tuple_size_v<Set>;
    for (auto& part : parts_)
        part.with([&](Sets& sets) { sets.resize((slots + in_part - 1) / in_part); });
}

bool AddressBuckets::take(IpAddress const& client, std::int64_t now_ns) {
    auto const customer = client.customer();
    auto const hash = mixed(customer ^ seed_);
    return parts_[hash % parts_.size()].with([&](Sets& sets) {
        auto& set = sets[hash / parts_.size() % sets.size()];
        return rate_.take(slot_for(set, customer, now_ns).full_at_ns, now_ns);
    });
}

AddressBuckets::Slot& AddressBuckets::slot_for(Set& set, std::uint64_t customer,
                                               std::int64_t now_ns) {
    auto* fullest = &set.front();
    for (auto& slot : set) {
        if (slot.customer == customer) return slot;
        if (slot.full_at_ns < fullest->full_at_ns) fullest = &slot;
    }
    if (fullest->full_at_ns > now_ns) forgotten_.add();
    *fullest = {customer, 0};
    return *fullest;
}

}  // namespace inlet::api
