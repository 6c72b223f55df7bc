#include "http/acceptor.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <sys/socket.h>

#include "base/log.hpp"
#include "http/worker.hpp"

namespace inlet::http {
namespace {

constexpr std::int64_t kFirstPauseMs = 10;
constexpr std::int64_t kLongestPauseMs = 5'000;
// Then the connections that are there already get their turn.
constexpr int kMaxPerTurn = 64;

bool is_exhaustion(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Acceptor::Acceptor(boost::asio::io_context& io, Worker& worker, int fd, ListenerKind kind)
    : worker_(worker), kind_(kind), listener_(io, fd), pause_(io), pause_ms_(kFirstPauseMs) {}

void Acceptor::close() {
    boost::system::error_code ignored;
    listener_.close(ignored);
    pause_.cancel();
}

void Acceptor::wait() {
    listener_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                         [this](boost::system::error_code const& error) {
                             if (!error && listener_.is_open()) accept_all();
                         });
}

void Acceptor::accept_all() {
    for (int i = 0; i < kMaxPerTurn; ++i) {
        sockaddr_storage address{};
        socklen_t size = sizeof address;
        int const fd = ::accept4(listener_.native_handle(), reinterpret_cast<sockaddr*>(&address),
                                 &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            pause_ms_ = kFirstPauseMs;
            worker_.add_connection(fd, IpAddress(address), kind_);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            break;
        } else if (is_exhaustion(errno)) {
            return pause();
        }
        // Anything else is about one connection that has gone already (accept(2), "Error
        // handling").
    }
    wait();
}

void Acceptor::pause() {
    int const error = errno;
    static log::Limiter limiter(10'000);
    if (auto const times = limiter.pass(worker_.now_ms())) {
        log::warn("accepting connections pauses",
                  {{"errno", error}, {"pause_ms", pause_ms_}, {"times", times}});
    }
    worker_.stats().accept_pauses.add();
    pause_.expires_after(std::chrono::milliseconds(pause_ms_));
    pause_ms_ = std::min(2 * pause_ms_, kLongestPauseMs);
    pause_.async_wait([this](boost::system::error_code const& aborted) {
        if (!aborted && listener_.is_open()) accept_all();
    });
}

}  // namespace inlet::http
