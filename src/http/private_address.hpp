// private_address.hpp - whether a listener can be reached from this machine only.
#pragma once

#include <string_view>

#include "base/ip_address.hpp"
#include "http/unix_listener.hpp"

namespace inlet::http {

// `address` as Options::listen has it: true for loopback and socket files.
inline bool is_private_address(std::string_view address) {
    if (is_unix_address(address)) return true;
    auto host = address.substr(0, address.rfind(':'));
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    auto const parsed = IpAddress::parse(host);
    return parsed && parsed->is_loopback();
}

}  // namespace inlet::http
