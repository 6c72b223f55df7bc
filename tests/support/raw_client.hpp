// raw_client.hpp - a blocking TCP client that sends exactly the bytes a test gives it.
// Every wait ends after kPatienceMs: a test fails rather than hangs.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace inlet::test {

struct Reply {
    int status = 0;    // 0: the connection ended before a reply
    std::string head;  // with its empty line
    std::string body;

    [[nodiscard]] std::string header(std::string_view name) const;
};

// What is below the client: a socket, or TLS on it.
class Wire {
  public:
    virtual ~Wire() = default;
    virtual bool send(std::string_view bytes) = 0;
    virtual std::size_t receive(char* out,
                                std::size_t size) = 0;  // 0: ended, reset or no patience left
};

class RawClient {
  public:
    static constexpr int kPatienceMs = 10'000;

    // "127.0.0.1:8080", "unix:/run/a.sock"
    explicit RawClient(std::string const& address);
    RawClient(std::unique_ptr<Wire> wire, int fd);
    RawClient(RawClient&&) = default;
    ~RawClient();

    RawClient& send(std::string_view bytes);
    void finish_sending();  // the other side sees the end of the stream
    void close();
    // True once all sent bytes have been acknowledged by the other kernel.
    void wait_until_received();

    // `head_only` for a reply to HEAD, which has a length but no body.
    Reply read_reply(bool head_only = false);
    // All that still comes; ends when the server closes. Sets timed_out() if it does not.
    std::string read_to_end();
    bool is_closed_by_server() { return read_to_end().empty() && !timed_out(); }
    [[nodiscard]] bool timed_out() const { return timed_out_; }
    [[nodiscard]] int fd() const { return fd_; }

  private:
    bool fill();

    int fd_ = -1;
    std::unique_ptr<Wire> wire_;
    std::string unread_;
    bool timed_out_ = false;
};

// A connected socket with a receive timeout of kPatienceMs; CHECKs that it works.
int connect_to(std::string const& address);

}  // namespace inlet::test
