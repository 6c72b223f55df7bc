#include "http/transport.hpp"

#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <unistd.h>

namespace inlet::http {

void Transport::on_events(std::uint32_t epoll_events) {
    if ((epoll_events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) readable_ = true;
    if ((epoll_events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0) peer_done_ = true;
}

IoResult Transport::handshake() {
    IoResult const result = tls_->handshake();
    // OpenSSL reads ahead: with the client's last message it may have taken the first request out of the kernel, and of what
    // is not there any more the poller says nothing.
    if (result.state == IoState::ok) readable_ = true;
    return result;
}

IoResult Transport::read(std::span<char> out) {
    if (!readable_) return {IoState::again};
    if (!tls_) return read_plain(out);
    IoResult const result = tls_->read(out);
    if (result.state == IoState::again) readable_ = false;
    return result;
}

IoResult Transport::read_below_tls(std::span<char> out) {
    return readable_ ? read_plain(out) : IoResult{IoState::again};
}

IoResult Transport::read_plain(std::span<char> out) {
    for (;;) {
        ssize_t const n = ::recv(fd_, out.data(), out.size(), 0);
        if (n > 0) {
            auto const bytes = static_cast<std::size_t>(n);
            // Less than asked for means that the kernel has no more (epoll(7), question 9); what
            // comes later is a new event. The end of the stream was an event already: then look
            // once more.
            if (bytes < out.size() && !peer_done_) readable_ = false;
            return {IoState::ok, bytes};
        }
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            readable_ = false;
            return {IoState::again};
        }
        return {IoState::ended};
    }
}

IoResult Transport::write(std::string_view data) {
    if (tls_) return tls_->write(data);
    for (;;) {
        ssize_t const n = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
        if (n >= 0) return {IoState::ok, static_cast<std::size_t>(n)};
        if (errno == EINTR) continue;
        if (errno == EAGAIN || errno == EWOULDBLOCK) return {IoState::again};
        return {IoState::ended};
    }
}

void Transport::shutdown_write() {
    if (tls_) tls_->send_close_notify();
    ::shutdown(fd_, SHUT_WR);
}

void Transport::close() {
    if (fd_ < 0) return;
    tls_.reset();
    ::close(fd_);  // also takes it out of the epoll set: there is no second descriptor of it
    fd_ = -1;
}

}  // namespace inlet::http
