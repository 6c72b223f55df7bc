#include "http/poller.hpp"

#include <cerrno>
#include <utility>

namespace inlet::http {

Poller::Poller(boost::asio::io_context& io) : epoll_(io) {}

Result<void> Poller::start(std::function<void()> before) {
    int const fd = ::epoll_create1(EPOLL_CLOEXEC);
    if (fd < 0) return errno_error(errno, "epoll_create1");
    epoll_.assign(fd);
    before_ = std::move(before);
    wait();
    return success();
}

bool Poller::watch(int fd, Watched& watched) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &watched;
    return ::epoll_ctl(epoll_.native_handle(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void Poller::wait() {
    epoll_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                      [this](boost::system::error_code const& error) {
                          if (error) return;  // the io_context is going away
                          deliver();
                          wait();
                      });
}

void Poller::deliver() {
    int const n =
        ::epoll_wait(epoll_.native_handle(), events_.data(), static_cast<int>(events_.size()), 0);
    before_();
    for (int i = 0; i < n; ++i) {
        auto const& event = events_[static_cast<std::size_t>(i)];
        static_cast<Watched*>(event.data.ptr)->on_ready(event.events);
    }
}

}  // namespace inlet::http
