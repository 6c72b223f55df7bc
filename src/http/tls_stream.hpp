// tls_stream.hpp - TLS on one non-blocking socket.
// Threads: the io thread of the connection, with SIGPIPE blocked (OpenSSL writes without
// MSG_NOSIGNAL).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <openssl/ssl.h>
#include <span>
#include <string_view>

namespace inlet::http {

enum class IoState : std::uint8_t {
    ok,
    again,  // nothing can be done before the next event
    ended,  // by the other side or by an error: close
};

struct IoResult {
    IoState state = IoState::ok;
    std::size_t bytes = 0;
};

class TlsStream {
  public:
    // Takes over `ssl`, which is set up for accepting; `fd` stays the caller's.
    TlsStream(SSL* ssl, int fd);

    IoResult handshake();
    IoResult read(std::span<char> out);
    IoResult write(std::string_view data);
    void send_close_notify();

  private:
    struct Free {
        void operator()(SSL* ssl) const { SSL_free(ssl); }
    };
    IoResult failed(int result);

    std::unique_ptr<SSL, Free> ssl_;
    bool broken_ = false;  // OpenSSL allows no further call after a fatal error
};

}  // namespace inlet::http
