// address_buckets.hpp - a token bucket for each client address: an IPv4 address, or an IPv6 network of /64.
// Threads: any; all io threads share it, so that a client cannot multiply its rate by its connections. Each part of
//          the table has a lock, held for a few comparisons.
// Bounds:  the memory is taken at the start: 16 bytes for each of kSlots addresses. A slot whose bucket is full again
//          is free. When all slots of an address's set are in use, the one that is nearest to full is forgotten:
//          its address has a whole burst again. More addresses than slots are limited less, never more.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "api/token_bucket.hpp"
#include "base/counter.hpp"
#include "base/guarded.hpp"
#include "base/ip_address.hpp"

namespace inlet::api {

class AddressBuckets {
  public:
    static constexpr std::size_t kSlots = 65'536;

    // Takes no memory if the rate is not limited. `slots`: rounded up to the next whole set of each part.
    explicit AddressBuckets(RateOptions const& options, std::size_t slots = kSlots);

    [[nodiscard]] bool limited() const { return rate_.limited(); }
    // Takes a token. REQUIRES: limited().
    bool take(IpAddress const& client, std::int64_t now_ns);
    // How many addresses were forgotten before their buckets were full.
    [[nodiscard]] Counter const& forgotten() const { return forgotten_; }

  private:
    struct Slot {
        std::uint64_t customer = 0;
        std::int64_t full_at_ns = 0;
    };
    using Set = std::array<Slot, 8>;  // two cache lines
    using Sets = std::vector<Set>;

    Slot& slot_for(Set& set, std::uint64_t customer, std::int64_t now_ns);

    Rate const rate_;
    std::uint64_t const seed_;  // so that nobody can choose addresses of one set
    std::array<Guarded<Sets>, 16> parts_;
    Counter forgotten_;
};

}  // namespace inlet::api
