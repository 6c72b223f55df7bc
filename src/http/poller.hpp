// poller.hpp - all connections of one io thread in one epoll set, which Asio watches as a single
// descriptor. Why not one Asio socket per connection: Asio tries a read before it waits, which
// costs a kept-alive connection a second recv() per request, and passes every event through its own
// queue. Here a request is one recv() and one send(), and no callback is ever left behind that
// could outlive its connection.
// Threads:    the io thread only.
// Edge-triggered: an event comes once per change; who gets it must read (or write) until the kernel
//                 says "would block", or remember that there is more.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <sys/epoll.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include "base/error.hpp"

namespace inlet::http {

class Poller {
  public:
    class Watched {
      public:
        // `events` as in epoll_event. The object must stay alive until the turn is over, even if it
        // closes its descriptor: more events of the same turn may already be under way.
        virtual void on_ready(std::uint32_t events) = 0;

      protected:
        ~Watched() = default;
    };

    explicit Poller(boost::asio::io_context& io);

    // Starts delivering events; `before` is called in front of each batch of them.
    Result<void> start(std::function<void()> before);
    // Until the descriptor is closed. False if the kernel refuses (out of memory or watches).
    bool watch(int fd, Watched& watched);

  private:
    void wait();
    void deliver();

    boost::asio::posix::stream_descriptor epoll_;
    std::function<void()> before_;
    std::array<epoll_event, 256> events_{};
};

}  // namespace inlet::http
