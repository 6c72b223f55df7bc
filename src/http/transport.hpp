// transport.hpp - the bytes of one connection: a non-blocking socket, with or without TLS on it.
// It remembers what the edge-triggered poller said, so that no system call is made that would only
// say "would block".
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "http/tls_stream.hpp"

namespace inlet::http {

class Transport {
  public:
    // Owns the descriptor. `tls` is null for plain HTTP.
    Transport(int fd, std::unique_ptr<TlsStream> tls) : fd_(fd), tls_(std::move(tls)) {}
    ~Transport() { close(); }
    Transport(Transport const&) = delete;
    Transport& operator=(Transport const&) = delete;

    [[nodiscard]] bool is_open() const { return fd_ >= 0; }
    [[nodiscard]] bool secure() const { return tls_ != nullptr; }
    [[nodiscard]] int fd() const { return fd_; }
    [[nodiscard]] bool readable() const { return readable_; }

    void on_events(std::uint32_t epoll_events);
    IoResult handshake();
    // At least one byte, or `again` (an event will come), or `ended`.
    IoResult read(std::span<char> out);
    // The same of what the socket brings before TLS begins.
    IoResult read_below_tls(std::span<char> out);
    // Some of `data`, or `again`, or `ended`.
    IoResult write(std::string_view data);
    // Tells the other side that nothing more will come.
    void shutdown_write();
    void close();

  private:
    IoResult read_plain(std::span<char> out);

    int fd_;
    bool readable_ = false;
    bool peer_done_ = false;  // it will send nothing more, or is gone
    std::unique_ptr<TlsStream> tls_;
};

}  // namespace inlet::http
