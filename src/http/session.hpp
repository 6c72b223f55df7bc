// session.hpp - one connection: bytes -> requests -> handler -> replies, in order. It is driven by
// events (on_ready), replies (respond) and the clock (check_deadline), and goes on from each until
// something must be waited for: input, the handler, or room for output. Threads: the io thread
// only.
// Ownership:  created and destroyed by the Worker; never while its handler owes a reply.
// Bounds:     one request at a time; no input is read while a reply waits for the client to take
//             it; of a pipeline's replies 64 KiB, and the one that goes beyond, are held at most.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include <boost/intrusive/list_hook.hpp>

#include "http/chunk_decoder.hpp"
#include "http/head_scanner.hpp"
#include "http/input_buffer.hpp"
#include "http/message.hpp"
#include "http/poller.hpp"
#include "http/proxy_header.hpp"
#include "http/reply.hpp"
#include "http/transport.hpp"

namespace inlet::http {

class Worker;

// A socket that was accepted, and what is known of it.
struct Accepted {
    int fd = -1;
    IpAddress peer;
    bool peer_is_trusted = false;             // a proxy that may say whom it speaks for
    bool proxied = false;                     // begins with a header of the PROXY protocol
    std::optional<std::uint64_t> counted_as;  // in the limit per address
};

class Session final : public Exchange,
                      public Poller::Watched,
                      public boost::intrusive::list_base_hook<> {
  public:
    Session(Worker& worker, Accepted const& accepted, std::unique_ptr<TlsStream> tls);

    void on_ready(std::uint32_t events) override;
    void respond(Response const& response) override;

    // Goes on after a pause that was made so that other connections get their turn.
    void resume();
    void check_deadline(std::int64_t now_ms);
    void close();
    // Closes it if it is idle; one that has sent nothing yet gets a moment for its first request.
    void finish();

    [[nodiscard]] int fd() const { return transport_.fd(); }
    [[nodiscard]] std::optional<std::uint64_t> counted_as() const { return counted_as_; }
    [[nodiscard]] bool is_open() const { return transport_.is_open(); }
    // Between two requests, and nothing is left to be sent.
    [[nodiscard]] bool is_idle() const;
    // The handler has been asked and has not answered yet.
    [[nodiscard]] bool owes_reply() const { return phase_ == Phase::answering; }

    bool resume_is_queued = false;  // the Worker's: it still holds a pointer to this

  private:
    enum class Phase : std::uint8_t {
        proxy_header,
        handshake,
        head,       // idle, or a part of a head is there
        body,       // the head is complete, the body is not
        answering,  // the handler works on it
        lingering,  // the last reply is out; what still comes is thrown away
    };
    static constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();

    void advance();
    bool read_proxy_header();
    bool take_client(IpAddress const& client);
    void wait_for_client();
    bool shake_hands();
    bool receive();
    void linger();

    [[nodiscard]] bool reads_requests() const {
        return (phase_ == Phase::head || phase_ == Phase::body) && !closing_;
    }
    bool serve_buffered();
    bool read_head();
    bool read_body();
    bool read_chunks();
    void wait_for_body();
    void handle_request();
    void refuse(Refusal refusal);

    void append(Response const& response);
    std::string& output();
    bool flush();
    void wait_for_room();
    void release_output();
    void flushed();

    [[nodiscard]] std::int64_t deadline_ms() const;
    void miss_deadline();

    Worker& worker_;
    Transport transport_;
    IpAddress peer_;
    bool peer_is_trusted_;
    std::optional<std::uint64_t> counted_as_;
    std::unique_ptr<ProxyHeader> proxy_header_;  // while it is read

    Phase phase_ = Phase::head;
    bool handling_ = false;  // inside Handler::handle() or refuse() for this connection
    bool closing_ = false;   // the reply under way is the last one
    bool chunked_ = false;
    bool keep_alive_ = false;
    bool expects_continue_ = false;
    ReplyFraming framing_;

    InputBuffer input_;
    HeadScanner scanner_;
    ChunkDecoder chunks_;
    // Of the request that is being read, as offsets into input_.unread():
    std::size_t body_begin_ = 0;
    std::size_t body_size_ = 0;       // so far; without chunk framing
    std::size_t request_end_ = 0;     // once it is complete
    std::size_t content_length_ = 0;  // unless chunked_
    std::size_t expected_ = 0;        // how long it will get, as far as known

    std::string output_;
    std::size_t sent_ = 0;         // of output_
    std::size_t replies_ = 0;      // in output_
    std::size_t held_output_ = 0;  // bytes of output_ that count as lent

    std::int64_t input_deadline_ms_ = kNever;
    std::int64_t output_deadline_ms_ = kNever;
    bool head_deadline_set_ = false;
    std::int64_t received_ns_ = 0;  // when the last bytes came
    std::size_t lingered_bytes_ = 0;
};

}  // namespace inlet::http
