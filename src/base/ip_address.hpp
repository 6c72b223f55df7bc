// ip_address.hpp - an IPv4 or IPv6 address as a value. IPv4 addresses that are written as IPv6
// (::ffff:192.0.2.1, from a listener for both) are taken as IPv4.
#pragma once

#include <array>
#include <cstdint>
#include <netinet/in.h>
#include <optional>
#include <string_view>

namespace inlet {

// The text of an address in memory of its own. "203.0.113.7", "2001:db8::1"
class IpText {
  public:
    operator std::string_view() const { return {text_.data(), size_}; }

  private:
    friend class IpAddress;
    std::array<char, INET6_ADDRSTRLEN> text_{};
    std::uint8_t size_ = 0;
};

class IpAddress {
  public:
    static constexpr unsigned kBits = 128;
    // An IPv4 address is kept behind a prefix of so many bits (::ffff:0:0/96).
    static constexpr unsigned kIpv4Prefix = 96;

    IpAddress() = default;  // "::", no address
    explicit IpAddress(in_addr const& v4);
    explicit IpAddress(in6_addr const& v6) : bytes_(v6) {}
    // Of a socket; "::" if its family is neither IPv4 nor IPv6.
    explicit IpAddress(sockaddr_storage const& address);

    // A number and nothing else: no port, no brackets, no zone.
    static std::optional<IpAddress> parse(std::string_view text);

    [[nodiscard]] bool is_ipv4() const { return IN6_IS_ADDR_V4MAPPED(&bytes_); }
    [[nodiscard]] bool is_loopback() const;
    // What one customer has: an IPv4 address, or an IPv6 network of /64 (RFC 6177). Limits count it.
    [[nodiscard]] std::uint64_t customer() const;
    // The first `bits` of the 128; all others are 0.
    [[nodiscard]] IpAddress network(unsigned bits) const;
    // What remains when no person can be meant: /24 of IPv4, /48 of IPv6.
    [[nodiscard]] IpAddress truncated() const;
    [[nodiscard]] IpText text() const;

    bool operator==(IpAddress const& other) const;

  private:
    in6_addr bytes_{};
};

}  // namespace inlet
