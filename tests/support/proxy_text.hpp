// proxy_text.hpp - headers of the PROXY protocol, version 2, as a proxy would send them.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string>
#include <string_view>

namespace inlet::test {

// `command`: version and command; `family`: family and transport.
inline std::string proxy_header(char command, char family, std::string_view rest) {
    std::string bytes("\r\n\r\n\0\r\nQUIT\n", 12);
    bytes += command;
    bytes += family;
    bytes += static_cast<char>(rest.size() >> 8);
    bytes += static_cast<char>(rest.size());
    return bytes.append(rest);
}

// For a client with this address.
inline std::string proxy_header_for(std::string const& address) {
    bool const is_v6 = address.find(':') != std::string::npos;
    std::size_t const size = is_v6 ? sizeof(in6_addr) : sizeof(in_addr);
    std::string bytes(2 * size, '\0');
    ::inet_pton(is_v6 ? AF_INET6 : AF_INET, address.c_str(), bytes.data());
    bytes.append("\x12\x34\x1f\x90", 4);  // both ports
    return proxy_header('\x21', is_v6 ? '\x21' : '\x11', bytes);
}

}  // namespace inlet::test
