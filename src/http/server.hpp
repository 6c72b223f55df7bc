// server.hpp - listeners, io threads and their connections.
// Threads:    one per core ("io-N"), each with its own io_context, its own acceptor on every
// address
//             (SO_REUSEPORT) and its own Handler; a connection stays on the thread that accepted
//             it.
// Bounds:     Limits; every one of them is counted when it bites. A connection that is only kept
// alive costs
//             about 2 KB plus what the kernel keeps for a socket.
// Errors:     start: io (address in use, no permission, bad certificate), invalid.
// Overload:   at max_connections the oldest idle connection of the thread is closed to make room,
// else the
//             new one gets 503 and is closed; out of descriptors (EMFILE, ENFILE, ENOBUFS, ENOMEM)
//             accepting pauses for 10 ms doubling to 5 s.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/counter.hpp"
#include "base/error.hpp"
#include "http/message.hpp"

namespace inlet::http {

struct Limits {
    std::size_t max_body_bytes = 1 << 20;   // as sent; the handler bounds what it inflates
    std::size_t max_head_bytes = 32 << 10;  // request line and headers
    std::size_t max_target_bytes = 8 << 10;
    std::size_t max_headers = 100;
    std::int64_t header_timeout_ms = 10'000;  // from the first byte of a request to its last header
    std::int64_t body_timeout_ms =
        20'000;  // from the last header; longer for large bodies: see min_rate
    std::uint64_t body_min_rate = 1'000;  // bytes per second that extend the body deadline
    std::int64_t idle_timeout_ms =
        65'000;  // between requests; above the 60 s of an AWS load balancer
    std::int64_t write_timeout_ms = 10'000;  // for the client to take a reply
    // What all connections together may hold of requests that are not complete and of replies that their
    // clients do not take; above it such requests get 503 and such replies are given up.
    std::uint64_t max_buffered_bytes = 256 << 20;
    std::uint64_t max_connections = 20'000;
    std::uint64_t max_connections_per_address = 10'000;
};

struct TlsFiles {
    std::string certificate;  // PEM, the chain with the server's own certificate first
    std::string key;          // PEM
};

struct Options {
    std::string name = "io";  // of the threads
    unsigned threads = 0;     // 0: one per core
    // "127.0.0.1:8080", "[::]:8080" (IPv6 only: name 0.0.0.0 too for both); port 0 picks a free one.
    // "unix:/run/inlet/admin.sock": a socket file of mode 0660, removed when listening ends.
    std::vector<std::string> listen;
    std::vector<std::string> tls_listen;
    std::vector<int> inherited;  // listening sockets passed by the service manager, plain HTTP
    std::vector<int> inherited_tls;
    TlsFiles tls;  // required if there is any TLS listener
    // Networks ("10.0.0.0/8") whose hosts may say for whom they speak: by X-Forwarded-For, or by the
    // PROXY protocol. They are exempt from max_connections_per_address.
    std::vector<std::string> trusted_proxies;
    // Of the addresses above, or what inherited sockets are bound to: where every connection begins
    // with a header of the PROXY protocol, version 2, from a trusted proxy. Others are closed.
    std::vector<std::string> proxy_protocol;
    Limits limits;
};

struct Stats {
    Counter connections;  // gauge
    Counter accepted;
    Counter refused_connections;  // over a connection limit
    Counter accept_pauses;
    Counter requests;
    Counter bytes_received;
    Counter bytes_sent;
    Counter refused_syntax;           // 400 by the session
    Counter refused_head_too_large;   // 431
    Counter refused_target_too_long;  // 414
    Counter refused_body_too_large;   // 413 by the session
    Counter refused_buffers_full;  // 503 by the session, and replies given up: max_buffered_bytes
    Counter timeouts_header;
    Counter timeouts_body;
    Counter timeouts_idle;
    Counter timeouts_write;
    Counter proxy_headers_malformed;  // connections closed: PROXY protocol, not or badly spoken
    Counter proxy_headers_untrusted;  // and those not from a trusted proxy
    Counter tls_handshake_errors;
    Counter tls_reloads;
    Counter tls_reload_errors;
    // Gauge: Unix time at which the certificate in use ends; 0 without TLS.
    Counter tls_not_after_seconds;
    std::array<Counter, 6> responses;  // by first digit of the status
    // From the last byte of a request to the reply's hand-over to the kernel.
    LatencyHistogram request_time;
};

// Runs `task` on the io thread it belongs to. Threads: any.
class Executor {
  public:
    virtual ~Executor() = default;
    virtual void post(std::function<void()> task) = 0;
};

class Server {
  public:
    // Called once per io thread, before it starts; the executor outlives the handler.
    using MakeHandler = std::function<std::unique_ptr<Handler>(Executor&)>;

    static Result<std::unique_ptr<Server>> start(Options options, Clock& clock,
                                                 MakeHandler const& make_handler);
    ~Server();  // stop(0)
    Server(Server const&) = delete;
    Server& operator=(Server const&) = delete;

    // The addresses that are being listened on, with the real ports.
    [[nodiscard]] std::vector<std::string> addresses() const;
    [[nodiscard]] std::vector<std::string> tls_addresses() const;

    // Reads the certificate files again. On any fault (missing, mismatched, expired, no PEM) the
    // old one stays in use and the error says why. Also done by itself, every 10 s, when the files
    // have changed.
    Result<void> reload_tls();

    // stop() in two steps, mirrored by start(): first close the listeners and the idle connections
    // and answer with "Connection: close"; then wait up to `deadline_ms` for requests under way, and
    // end the threads. What the handler has not answered by then is never answered, but its Exchange
    // and context live until ~Server: stop what may still use them (the journal) before that.
    void stop_accepting();
    void stop(std::int64_t deadline_ms);

    [[nodiscard]] Stats const& stats() const;

  private:
    struct Impl;
    explicit Server(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace inlet::http
