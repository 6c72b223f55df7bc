#include "support/raw_client.hpp"

#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <utility>

#include <unistd.h>

#include "base/check.hpp"

namespace inlet::test {
namespace {

class PlainWire final : public Wire {
  public:
    explicit PlainWire(int fd) : fd_(fd) {}

    bool send(std::string_view bytes) override {
        while (!bytes.empty()) {
            ssize_t const n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (n <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    std::size_t receive(char* out, std::size_t size) override {
        errno = 0;
        ssize_t const n = ::recv(fd_, out, size, 0);
        return n > 0 ? static_cast<std::size_t>(n) : 0;
    }

  private:
    int fd_;
};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
        if (std::tolower(static_cast<unsigned char>(a[i])) !=
            std::tolower(static_cast<unsigned char>(b[i]))) {
            return false;
        }
    }
    return true;
}

void set_patience(int fd) {
    timeval const patience{RawClient::kPatienceMs / 1000, 0};
    CHECK(::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) == 0);
    CHECK(::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) == 0);
}

int connect_to_file(std::string const& path) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    CHECK(path.size() < sizeof to.sun_path);
    std::memcpy(to.sun_path, path.data(), path.size());
    int const fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    set_patience(fd);
    CHECK(::connect(fd, reinterpret_cast<sockaddr const*>(&to), sizeof to) == 0);
    return fd;
}

}  // namespace

std::string Reply::header(std::string_view name) const {
    for (auto at = head.find("\r\n"); at + 2 < head.size(); at = head.find("\r\n", at + 2)) {
        auto const line = std::string_view(head).substr(at + 2, head.find("\r\n", at + 2) - at - 2);
        auto const colon = line.find(": ");
        if (colon != line.npos && equal_ignoring_case(line.substr(0, colon), name)) {
            return std::string(line.substr(colon + 2));
        }
    }
    return {};
}

int connect_to(std::string const& address) {
    if (address.starts_with("unix:")) return connect_to_file(address.substr(5));
    auto const colon = address.rfind(':');
    auto const port = static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)));
    bool const v6 = address.front() == '[';
    int const fd = ::socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    CHECK(fd >= 0);
    set_patience(fd);
    int const on = 1;
    CHECK(::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0);
    int result = -1;
    if (v6) {
        sockaddr_in6 to{};
        to.sin6_family = AF_INET6;
        to.sin6_port = htons(port);
        CHECK(::inet_pton(AF_INET6, address.substr(1, colon - 2).c_str(), &to.sin6_addr) == 1);
        result = ::connect(fd, reinterpret_cast<sockaddr const*>(&to), sizeof to);
    } else {
        sockaddr_in to{};
        to.sin_family = AF_INET;
        to.sin_port = htons(port);
        CHECK(::inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr) == 1);
        result = ::connect(fd, reinterpret_cast<sockaddr const*>(&to), sizeof to);
    }
    CHECK(result == 0);
    return fd;
}

RawClient::RawClient(std::string const& address)
    : fd_(connect_to(address)), wire_(std::make_unique<PlainWire>(fd_)) {}

RawClient::RawClient(std::unique_ptr<Wire> wire, int fd) : fd_(fd), wire_(std::move(wire)) {}

RawClient::~RawClient() {
    close();
}

RawClient& RawClient::send(std::string_view bytes) {
    wire_->send(bytes);  // a failure shows in the missing reply
    return *this;
}

void RawClient::finish_sending() {
    ::shutdown(fd_, SHUT_WR);
}

void RawClient::close() {
    if (fd_ < 0 || !wire_) return;
    wire_.reset();
    ::close(std::exchange(fd_, -1));
}

void RawClient::wait_until_received() {
    int unsent = 1;
    for (int i = 0; i < kPatienceMs && unsent > 0; ++i) {
        CHECK(::ioctl(fd_, SIOCOUTQ, &unsent) == 0);
        if (unsent > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

bool RawClient::fill() {
    std::array<char, 16 * 1024> piece;
    std::size_t const n = wire_->receive(piece.data(), piece.size());
    if (n == 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) timed_out_ = true;
    unread_.append(piece.data(), n);
    return n > 0;
}

Reply RawClient::read_reply(bool head_only) {
    std::size_t end = 0;
    while ((end = unread_.find("\r\n\r\n")) == std::string::npos) {
        if (!fill()) return {};
    }
    Reply reply;
    reply.head = unread_.substr(0, end + 4);
    reply.status = std::stoi(reply.head.substr(9, 3));
    unread_.erase(0, end + 4);
    auto const length = reply.header("Content-Length");
    std::size_t const size = head_only || length.empty() ? 0 : std::stoul(length);
    while (unread_.size() < size) {
        if (!fill()) return {};
    }
    reply.body = unread_.substr(0, size);
    unread_.erase(0, size);
    return reply;
}

std::string RawClient::read_to_end() {
    while (fill()) {
    }
    return std::exchange(unread_, {});
}

}  // namespace inlet::test
