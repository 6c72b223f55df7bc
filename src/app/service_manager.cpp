#include "app/service_manager.hpp"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <sys/socket.h>
#include <sys/un.h>

#include <fcntl.h>
#include <unistd.h>

namespace inlet::app {
namespace {

constexpr int kFirstInherited = 3;  // SD_LISTEN_FDS_START

std::int64_t number_from(char const* name) {
    char const* const text = std::getenv(name);
    std::int64_t value = 0;
    if (text != nullptr) std::from_chars(text, text + std::strlen(text), value);
    return value;
}

bool for_this_process(char const* pid_variable) {
    return std::getenv(pid_variable) == nullptr || number_from(pid_variable) == ::getpid();
}

}  // namespace

void notify(std::string_view message) {
    char const* const path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    if (path == nullptr || std::strlen(path) >= sizeof(address.sun_path)) return;
    std::memcpy(address.sun_path, path, std::strlen(path));
    if (address.sun_path[0] == '@') address.sun_path[0] = '\0';  // an abstract socket
    int const fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return;
    auto const length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
    (void)::sendto(fd, message.data(), message.size(), MSG_NOSIGNAL,
                   reinterpret_cast<sockaddr*>(&address), length);
    ::close(fd);
}

std::int64_t watchdog_interval_ms() {
    return for_this_process("WATCHDOG_PID") ? number_from("WATCHDOG_USEC") / 1'000 : 0;
}

InheritedSockets inherited_sockets() {
    InheritedSockets sockets;
    if (std::getenv("LISTEN_PID") == nullptr || !for_this_process("LISTEN_PID")) return sockets;
    auto const count =
        static_cast<int>(std::clamp<std::int64_t>(number_from("LISTEN_FDS"), 0, 1024));
    char const* const names_text = std::getenv("LISTEN_FDNAMES");
    std::string_view names = names_text != nullptr ? names_text : "";
    for (int fd = kFirstInherited; fd < kFirstInherited + count; ++fd) {
        auto const name = names.substr(0, names.find(':'));
        names.remove_prefix(std::min(names.size(), name.size() + 1));
        ::fcntl(fd, F_SETFD, FD_CLOEXEC);
        auto& kind = name == "https"   ? sockets.tls
                     : name == "admin" ? sockets.admin
                                       : sockets.plain;
        kind.push_back(fd);
    }
    return sockets;
}

}  // namespace inlet::app
