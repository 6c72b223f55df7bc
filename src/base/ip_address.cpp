#include "base/ip_address.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace inlet {
namespace {

constexpr std::size_t kMappedBytes = IpAddress::kIpv4Prefix / 8;

}  // namespace

IpAddress::IpAddress(in_addr const& v4) {
    bytes_.s6_addr[10] = bytes_.s6_addr[11] = 0xFF;
    std::memcpy(bytes_.s6_addr + kMappedBytes, &v4, sizeof v4);
}

IpAddress::IpAddress(sockaddr_storage const& address) {
    if (address.ss_family == AF_INET6) {
        bytes_ = reinterpret_cast<sockaddr_in6 const&>(address).sin6_addr;
    } else if (address.ss_family == AF_INET) {
        *this = IpAddress(reinterpret_cast<sockaddr_in const&>(address).sin_addr);
    }
}

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    bool const has_nul = text.find('\0') != text.npos;
    if (text.empty() || text.size() >= terminated.size() || has_nul) return std::nullopt;
    std::copy(text.begin(), text.end(), terminated.begin());
    in_addr v4{};
    if (::inet_pton(AF_INET, terminated.data(), &v4) == 1) return IpAddress(v4);
    in6_addr v6{};
    if (::inet_pton(AF_INET6, terminated.data(), &v6) == 1) return IpAddress(v6);
    return std::nullopt;
}

bool IpAddress::is_loopback() const {
    return is_ipv4() ? bytes_.s6_addr[kMappedBytes] == 127 : IN6_IS_ADDR_LOOPBACK(&bytes_);
}

std::uint64_t IpAddress::customer() const {
    // ::ffff:0:0/96 is never a customer's network, so its last 8 bytes mark IPv4.
    std::size_t const begin = is_ipv4() ? 8 : 0;
    std::uint64_t key = 0;
    for (std::size_t i = begin; i < begin + 8; ++i) key = key << 8 | bytes_.s6_addr[i];
    return key;
}

IpAddress IpAddress::network(unsigned bits) const {
    IpAddress result = *this;
    for (unsigned i = 0; i < sizeof bytes_.s6_addr; ++i) {
        unsigned const kept = bits <= 8 * i ? 0 : std::min(8U, bits - 8 * i);
        result.bytes_.s6_addr[i] &= static_cast<std::uint8_t>(0xFF00U >> kept);
    }
    return result;
}

IpAddress IpAddress::truncated() const {
    constexpr unsigned kIpv4Kept = kIpv4Prefix + 24;
    constexpr unsigned kIpv6Kept = 48;
    return network(is_ipv4() ? kIpv4Kept : kIpv6Kept);
}

IpText IpAddress::text() const {
    IpText out;
    if (is_ipv4()) {
        ::inet_ntop(AF_INET, bytes_.s6_addr + kMappedBytes, out.text_.data(), out.text_.size());
    } else {
        ::inet_ntop(AF_INET6, &bytes_, out.text_.data(), out.text_.size());
    }
    out.size_ = static_cast<std::uint8_t>(std::strlen(out.text_.data()));
    return out;
}

bool IpAddress::operator==(IpAddress const& other) const {
    return IN6_ARE_ADDR_EQUAL(&bytes_, &other.bytes_);
}

}  // namespace inlet
