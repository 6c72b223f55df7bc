#include "http/forwarded_for.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "http/text.hpp"

namespace inlet::http {
namespace {

constexpr int kMaxHops = 32;

std::string_view trimmed(std::string_view text) {
    auto const is_space = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

bool is_port(std::string_view text) {
    return text.size() > 1 && text.front() == ':' &&
           std::all_of(text.begin() + 1, text.end(), is_digit);
}

// "203.0.113.7", "2001:db8::1"; some proxies add the port: "203.0.113.7:4711", "[2001:db8::1]:4711".
std::optional<IpAddress> parse_hop(std::string_view hop) {
    if (hop.starts_with('[')) {
        auto const end = hop.find(']');
        if (end == hop.npos) return std::nullopt;
        auto const rest = hop.substr(end + 1);
        if (!rest.empty() && !is_port(rest)) return std::nullopt;
        return IpAddress::parse(hop.substr(1, end - 1));
    }
    auto const colon = hop.find(':');
    bool const has_port = colon != hop.npos && hop.find(':', colon + 1) == hop.npos;
    if (has_port && !is_port(hop.substr(colon))) return std::nullopt;
    return IpAddress::parse(has_port ? hop.substr(0, colon) : hop);
}

}  // namespace

IpAddress forwarded_client(IpAddress const& peer, std::span<Header const> headers,
                           std::vector<IpNetwork> const& trusted) {
    IpAddress client = peer;
    int hops = 0;
    for (auto header = headers.rbegin(); header != headers.rend(); ++header) {
        if (!equal_ignoring_case(header->name, "X-Forwarded-For")) continue;
        std::string_view rest = header->value;
        for (bool more = true; more;) {
            auto const comma = rest.rfind(',');
            more = comma != rest.npos;
            auto const hop = parse_hop(trimmed(more ? rest.substr(comma + 1) : rest));
            if (!hop) return client;
            client = *hop;
            if (!contains(trusted, client) || ++hops == kMaxHops) return client;
            if (more) rest = rest.substr(0, comma);
        }
    }
    return client;
}

}  // namespace inlet::http
