#include "base/ip_network.hpp"

#include <charconv>

namespace inlet {

std::optional<IpNetwork> IpNetwork::parse(std::string_view text) {
    auto const slash = text.find('/');
    auto const address = IpAddress::parse(text.substr(0, slash));
    if (!address) return std::nullopt;
    unsigned const prefix = address->is_ipv4() ? IpAddress::kIpv4Prefix : 0;
    if (slash == text.npos) return IpNetwork(*address, IpAddress::kBits);
    auto const digits = text.substr(slash + 1);
    unsigned bits = 0;
    auto const* const end = digits.data() + digits.size();
    auto const [rest, error] = std::from_chars(digits.data(), end, bits);
    bool const leading_zero = digits.size() > 1 && digits.front() == '0';
    bool const too_long = bits > IpAddress::kBits - prefix;
    if (error != std::errc{} || rest != end || leading_zero || too_long) return std::nullopt;
    IpNetwork const network(*address, prefix + bits);
    if (!network.contains(*address)) return std::nullopt;
    return network;
}

}  // namespace inlet
