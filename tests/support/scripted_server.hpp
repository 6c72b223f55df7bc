// scripted_server.hpp - a TCP or TLS server on a free loopback port that does what a script says, byte by byte.
//   ScriptedServer server([](ScriptedConnection& c) {
//       while (!c.read_request().empty()) c.send("HTTP/1.1 204 No Content\r\n\r\n");
//   });
// A connection is closed when its script returns. Every wait ends after kPatienceMs, or when the server ends.
// Threads: each connection has its own, and the script runs there. Signals: SIGPIPE gets ignored.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/guarded.hpp"
#include "support/certificate.hpp"

namespace inlet::test {

struct ScriptedTls {
    Certificate certificate;
    bool only_tls_1_0 = false;
};

class ScriptedConnection {
  public:
    // The bytes of a connection, clear or encrypted.
    class Stream {
      public:
        virtual ~Stream() = default;
        virtual bool send(std::string_view bytes) = 0;
        virtual std::size_t receive(char* out, std::size_t size) = 0;  // 0: ended
    };

    ScriptedConnection(int fd, int number, std::unique_ptr<Stream> stream,
                       Guarded<std::vector<std::string>>& requests)
        : fd_(fd), number_(number), stream_(std::move(stream)), requests_(requests) {}

    // Head and body (of its Content-Length); empty: there is no further one.
    std::string read_request();
    // Only so many bytes, wherever that is in a request.
    std::string read_some(std::size_t size);
    bool send(std::string_view bytes) { return stream_->send(bytes); }
    // The other side sees "connection reset by peer".
    void reset();
    // Waits; false if the other side has closed, or the server is ending.
    bool pause(int ms);
    // From 0, in the order of their arrival.
    [[nodiscard]] int number() const { return number_; }

  private:
    int fd_;
    int number_;
    std::unique_ptr<Stream> stream_;
    Guarded<std::vector<std::string>>& requests_;
    std::string unread_;
};

class ScriptedServer {
  public:
    static constexpr int kPatienceMs = 10'000;
    using Script = std::function<void(ScriptedConnection&)>;

    explicit ScriptedServer(Script script, std::optional<ScriptedTls> tls = std::nullopt);
    ~ScriptedServer();

    [[nodiscard]] int port() const { return port_; }
    [[nodiscard]] std::string url(std::string_view path = "/") const;
    [[nodiscard]] int connections() const { return connections_.load(); }
    // Returns when all connections so far have been closed on this side.
    void wait_until_closed();
    // What read_request() has returned, of all connections.
    std::vector<std::string> requests();

  private:
    void accept_all();
    void serve(int fd, int number);

    Script const script_;
    struct Tls;
    std::unique_ptr<Tls> tls_;
    int listen_fd_ = -1;
    int port_ = 0;
    std::atomic<int> connections_{0};
    Guarded<std::vector<std::string>> requests_;
    Guarded<std::vector<int>> open_;
    std::atomic<int> closed_{0};
    std::vector<std::thread> threads_;  // of connections; only the acceptor adds to it
    std::thread acceptor_;
};

// "HTTP/1.1 200 OK" with this body.
std::string ok_reply(std::string_view body, std::string_view more_headers = {});

}  // namespace inlet::test
