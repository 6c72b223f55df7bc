// ip_network.hpp - a range of addresses that share their first bits, written as RFC 4632 does:
// "10.0.0.0/8", "2001:db8::/32"; an address alone is a network of one.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/ip_address.hpp"

namespace inlet {

class IpNetwork {
  public:
    // Nothing if it is none; bits behind the prefix must be 0, so that a slip of the pen is noticed.
    static std::optional<IpNetwork> parse(std::string_view text);

    [[nodiscard]] bool contains(IpAddress const& address) const {
        return address.network(bits_) == first_;
    }

  private:
    IpNetwork(IpAddress const& first, unsigned bits) : first_(first), bits_(bits) {}

    IpAddress first_;
    unsigned bits_;  // of the 128
};

inline bool contains(std::vector<IpNetwork> const& networks, IpAddress const& address) {
    for (auto const& network : networks) {
        if (network.contains(address)) return true;
    }
    return false;
}

}  // namespace inlet
