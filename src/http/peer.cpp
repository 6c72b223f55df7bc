#include "http/peer.hpp"

#include <arpa/inet.h>
#include <cstring>

namespace inlet::http {
namespace {

constexpr std::size_t kMappedPrefix = 12;

// ::ffff:0:0/96 holds the mapped addresses and is never a customer's network, so it marks IPv4
// keys.
std::uint64_t ipv4_key(in_addr const& address) {
    return 0xFFFF'0000'0000ULL | ntohl(address.s_addr);
}

}  // namespace

Peer::Peer(sockaddr_storage const& address) {
    in_addr v4{};
    if (address.ss_family == AF_INET6) {
        in6_addr const& v6 = reinterpret_cast<sockaddr_in6 const&>(address).sin6_addr;
        if (!IN6_IS_ADDR_V4MAPPED(&v6)) {
            for (std::size_t i = 0; i < 8; ++i) key_ = key_ << 8 | v6.s6_addr[i];
            ::inet_ntop(AF_INET6, &v6, text_.data(), INET6_ADDRSTRLEN);
            size_ = static_cast<std::uint8_t>(std::strlen(text_.data()));
            return;
        }
        std::memcpy(&v4, v6.s6_addr + kMappedPrefix, sizeof v4);
    } else {
        v4 = reinterpret_cast<sockaddr_in const&>(address).sin_addr;
    }
    key_ = ipv4_key(v4);
    ::inet_ntop(AF_INET, &v4, text_.data(), INET6_ADDRSTRLEN);
    size_ = static_cast<std::uint8_t>(std::strlen(text_.data()));
}

}  // namespace inlet::http
