#include "http/listener.hpp"

#include <arpa/inet.h>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <optional>
#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <unistd.h>

#include "http/unix_listener.hpp"

namespace inlet::http {
namespace {

// Connections that have completed their handshake and wait for accept(); the kernel cuts it to
// net.core.somaxconn, which is 4096 on current systems.
constexpr int kBacklog = 4096;

struct Address {
    sockaddr_storage storage{};
    socklen_t size = 0;
};

std::optional<Address> parse_address(std::string const& text) {
    auto const colon = text.rfind(':');
    if (colon == std::string::npos) return {};
    std::uint16_t port = 0;
    char const* const end = text.data() + text.size();
    auto const [rest, error] = std::from_chars(text.data() + colon + 1, end, port);
    if (error != std::errc{} || rest != end) return {};

    Address address;
    if (text.front() == '[' && colon > 1 && text[colon - 1] == ']') {
        auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
        v6.sin6_family = AF_INET6;
        v6.sin6_port = htons(port);
        address.size = sizeof v6;
        if (::inet_pton(AF_INET6, text.substr(1, colon - 2).c_str(), &v6.sin6_addr) != 1) return {};
        return address;
    }
    auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    address.size = sizeof v4;
    if (::inet_pton(AF_INET, text.substr(0, colon).c_str(), &v4.sin_addr) != 1) return {};
    return address;
}

bool set_option(int fd, int level, int name) {
    int const on = 1;
    return ::setsockopt(fd, level, name, &on, sizeof on) == 0;
}

Result<int> bind_socket(Address const& address, bool reuse_port, std::string const& text) {
    int const fd =
        ::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return errno_error(errno, text + ": socket");
    bool ok = set_option(fd, SOL_SOCKET, SO_REUSEADDR);
    if (ok && address.storage.ss_family == AF_INET6) ok = set_option(fd, IPPROTO_IPV6, IPV6_V6ONLY);
    if (ok && reuse_port) ok = set_option(fd, SOL_SOCKET, SO_REUSEPORT);
    if (ok) ok = ::bind(fd, reinterpret_cast<sockaddr const*>(&address.storage), address.size) == 0;
    if (ok) return fd;
    Error error = errno_error(errno, text + ": bind");
    ::close(fd);
    return error;
}

}  // namespace

Result<int> open_listener(std::string const& text, bool shared) {
    auto const address = parse_address(text);
    if (!address)
        return fail(Errc::invalid, "listen address '" + text + "' is not IP:PORT or [IPV6]:PORT");
    TRY(int const fd, bind_socket(*address, shared, text));
    // Accepted sockets inherit it, which saves a call for each (tcp(7)).
    set_option(fd, IPPROTO_TCP, TCP_NODELAY);
    if (::listen(fd, kBacklog) == 0) return fd;
    Error error = errno_error(errno, text + ": listen");
    ::close(fd);
    return error;
}

Result<void> check_address_is_free(std::string const& text) {
    auto const address = parse_address(text);
    if (!address)
        return fail(Errc::invalid, "listen address '" + text + "' is not IP:PORT or [IPV6]:PORT");
    TRY(int const fd, bind_socket(*address, false, text));
    ::close(fd);
    return success();
}

Result<int> inherit_listener(int fd) {
    int const copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return errno_error(errno, "inherited socket " + std::to_string(fd));
    ::fcntl(copy, F_SETFL, ::fcntl(copy, F_GETFL) | O_NONBLOCK);
    set_option(copy, IPPROTO_TCP, TCP_NODELAY);
    return copy;
}

std::string bound_address(int fd) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&storage), &size) != 0) return {};
    if (storage.ss_family == AF_UNIX) {
        auto const& local = reinterpret_cast<sockaddr_un const&>(storage);
        auto const length = static_cast<std::size_t>(size) - offsetof(sockaddr_un, sun_path);
        return std::string(kUnixPrefix) +
               std::string(local.sun_path, ::strnlen(local.sun_path, length));
    }
    char text[INET6_ADDRSTRLEN] = {};
    if (storage.ss_family == AF_INET6) {
        auto const& v6 = reinterpret_cast<sockaddr_in6 const&>(storage);
        ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
        return "[" + std::string(text) + "]:" + std::to_string(ntohs(v6.sin6_port));
    }
    auto const& v4 = reinterpret_cast<sockaddr_in const&>(storage);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return std::string(text) + ":" + std::to_string(ntohs(v4.sin_port));
}

}  // namespace inlet::http
