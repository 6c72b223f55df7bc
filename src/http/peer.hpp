// peer.hpp - the address of the other side of a connection.
#pragma once

#include <array>
#include <cstdint>
#include <netinet/in.h>
#include <string_view>

namespace inlet::http {

class Peer {
  public:
    // IPv4 addresses written as IPv6 (a listener for both) are taken as IPv4.
    explicit Peer(sockaddr_storage const& address);

    // "203.0.113.7", "2001:db8::1"
    [[nodiscard]] std::string_view text() const { return {text_.data(), size_}; }
    // What the limit per address counts: an IPv4 address, or an IPv6 network of /64, which is what
    // one customer gets (RFC 6177).
    [[nodiscard]] std::uint64_t key() const { return key_; }

  private:
    std::array<char, INET6_ADDRSTRLEN> text_{};
    std::uint8_t size_ = 0;
    std::uint64_t key_ = 0;
};

}  // namespace inlet::http
