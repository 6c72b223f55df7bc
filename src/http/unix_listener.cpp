#include "http/unix_listener.hpp"

#include <cerrno>
#include <cstring>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <unistd.h>

namespace inlet::http {
namespace {

constexpr int kBacklog = 128;
constexpr mode_t kMode = 0660;

sockaddr const* as_sockaddr(sockaddr_un const& address) {
    return reinterpret_cast<sockaddr const*>(&address);
}

std::string path_of(std::string const& address) {
    return address.substr(kUnixPrefix.size());
}

int open_socket() {
    return ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

bool somebody_listens(sockaddr_un const& address) {
    int const fd = open_socket();
    if (fd < 0) return true;
    // EAGAIN: the backlog of whoever listens is full.
    bool const refused =
        ::connect(fd, as_sockaddr(address), sizeof address) != 0 && errno == ECONNREFUSED;
    ::close(fd);
    return !refused;
}

bool is_socket(char const* path) {
    struct stat status {};
    return ::lstat(path, &status) == 0 && S_ISSOCK(status.st_mode);
}

}  // namespace

Result<int> open_unix_listener(std::string const& text) {
    auto const path = path_of(text);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return fail(Errc::invalid, "listen address '" + text + "' is too long for a socket");
    std::memcpy(address.sun_path, path.data(), path.size());
    if (is_socket(path.c_str())) {
        if (somebody_listens(address))
            return fail(Errc::exists, text + ": another process listens there");
        ::unlink(path.c_str());
    }
    int const fd = open_socket();
    if (fd < 0) return errno_error(errno, text + ": socket");
    // The file gets this mode less the umask, so at no time is it open to more people; then all of it.
    bool const ok = ::fchmod(fd, kMode) == 0 &&
                    ::bind(fd, as_sockaddr(address), sizeof address) == 0 &&
                    ::chmod(path.c_str(), kMode) == 0 && ::listen(fd, kBacklog) == 0;
    if (ok) return fd;
    Error error = errno_error(errno, text + ": bind");
    ::close(fd);
    return error;
}

void remove_socket_file(std::string const& address) {
    ::unlink(path_of(address).c_str());
}

}  // namespace inlet::http
