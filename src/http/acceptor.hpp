// acceptor.hpp - takes new connections from one listening socket of one io thread.
// Errors: when descriptors or kernel memory are used up it pauses, 10 ms doubling to 5 s, so that a
// full
//         process does not spin; every other error concerns one connection only.
#pragma once

#include <cstdint>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include "http/shared.hpp"

namespace inlet::http {

class Worker;

class Acceptor {
  public:
    // Owns `fd`, a non-blocking listening socket.
    Acceptor(boost::asio::io_context& io, Worker& worker, int fd, ListenerKind kind);

    void start() { wait(); }
    void close();

  private:
    void wait();
    void accept_all();
    void pause();

    Worker& worker_;
    ListenerKind const kind_;
    boost::asio::posix::stream_descriptor listener_;
    boost::asio::steady_timer pause_;
    std::int64_t pause_ms_;
};

}  // namespace inlet::http
