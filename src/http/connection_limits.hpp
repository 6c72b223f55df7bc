// connection_limits.hpp - how many connections there may be, in all and from one address.
// Threads: any. An address costs memory only while it has connections.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "base/guarded.hpp"

namespace inlet::http {

class ConnectionLimits {
  public:
    ConnectionLimits(std::uint64_t max_total, std::uint64_t max_per_address)
        : max_total_(max_total), max_per_address_(max_per_address) {}

    enum class Verdict { admitted, too_many, too_many_from_address };

    // Counts the connection if it is admitted; then release() must follow. One without an address
    // (yet) counts in all alone.
    Verdict admit(std::optional<std::uint64_t> address_key);
    void release(std::optional<std::uint64_t> address_key);
    // For a connection that is admitted and whose address becomes known. False: too many.
    bool admit_address(std::uint64_t address_key);

  private:
    using Counts = std::unordered_map<std::uint64_t, std::uint64_t>;
    Guarded<Counts>& shard(std::uint64_t key) {
        return shards_[(key ^ key >> 32) % shards_.size()];
    }

    std::uint64_t const max_total_;
    std::uint64_t const max_per_address_;
    std::atomic<std::uint64_t> total_{0};
    std::array<Guarded<Counts>, 16> shards_;
};

}  // namespace inlet::http
