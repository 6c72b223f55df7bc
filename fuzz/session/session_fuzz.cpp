// Any bytes as what a client sends on a connection, through a real socket to a real Session; time and the client
// are the fuzzer's. The first byte chooses what happens:
//   a  the rest is sent at once, then byte by byte, then in two pieces at every possible split
//   p  the same, behind a trusted proxy that speaks the PROXY protocol
//   s  a byte n, then n bytes that say what the client does while it sends the rest
//   l  the same, but then the client does nothing more, and only time passes
// Holds: how the bytes are cut makes no difference to which requests are handled and what they get; replies are whole
// and in order; behind a refusal nothing is handled; nothing reads beyond a body's padding; a connection whose
// client has finished, has gone or does nothing is closed, and no buffer stays lent.
#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <unistd.h>

#include "base/check.hpp"
#include "fuzz/input.hpp"
#include "http/shared.hpp"
#include "http/worker.hpp"
#include "support/manual_clock.hpp"

namespace inlet::http {
namespace {

// Inputs below so many bytes are split at every byte, longer ones at some: a fuzzer had better try more inputs.
#ifdef INLET_LIBFUZZER
constexpr std::size_t kMostSplits = 16;
#else
constexpr std::size_t kMostSplits = 600;
#endif
IpAddress const kClient{in_addr{htonl(INADDR_LOOPBACK)}};
constexpr std::size_t kBigReply = 30'000;  // more than the socket takes at once

Options small_limits() {
    Options options;
    options.limits.max_body_bytes = 200;
    options.limits.max_head_bytes = 1000;
    options.limits.max_target_bytes = 100;
    options.limits.max_headers = 10;
    return options;
}

// Answers at once, late, much, or for the last time, as the path says; an echo by default.
class Recorder final : public Handler {
  public:
    void handle(Request const& request, Exchange& exchange) override {
        read_padding(request.body);
        requests.push_back(std::string(request.method_text) + " " + std::string(request.target) +
                           " " + std::string(request.body));
        if (request.path == "/later") {
            CHECK(waiting_ == nullptr);
            waiting_ = &exchange;
        } else if (request.path == "/big") {
            exchange.respond({200, "text/plain", std::string(kBigReply, 'b'), {}, false});
        } else if (request.path == "/empty") {
            exchange.respond({204, {}, {}, {}, false});
        } else {
            exchange.respond({200, "text/plain", request.body, {}, request.path == "/close"});
        }
    }
    void refuse(unsigned status, std::string_view detail, Exchange& exchange) override {
        CHECK(status >= 400 && status < 600 && !detail.empty());
        exchange.respond({status, "text/plain", detail, {}, false});
    }
    void answer() {
        if (auto* exchange = std::exchange(waiting_, nullptr))
            exchange->respond({200, "text/plain", "late", {}, false});
    }
    [[nodiscard]] bool owes() const { return waiting_ != nullptr; }

    std::vector<std::string> requests;

  private:
    static void read_padding(std::string_view body) {
        unsigned sum = 0;
        for (std::size_t i = 0; i < kBodyPadding; ++i)
            sum += static_cast<unsigned char>(body.data()[body.size() + i]);
        [[maybe_unused]] unsigned volatile const kept = sum;
    }
    Exchange* waiting_ = nullptr;
};

// What the client saw.
struct Transcript {
    std::vector<std::string> requests;  // that were handled
    std::vector<int> statuses;          // of the final replies
    bool refused = false;               // the last of these is of the session itself
};

std::size_t take_reply(std::string_view& bytes, int& status, bool may_lack_body) {
    auto const head_end = bytes.find("\r\n\r\n");
    CHECK(bytes.starts_with("HTTP/1.1 ") && head_end != bytes.npos);
    auto const head = bytes.substr(0, head_end + 2);
    CHECK(std::from_chars(&head[9], &head[12], status).ptr == &head[12]);
    bytes.remove_prefix(head_end + 4);
    std::size_t length = 0;
    auto const field = head.find("\r\nContent-Length: ");
    if (field != head.npos) std::from_chars(&head[field + 18], head.data() + head.size(), length);
    if (may_lack_body && bytes.size() < length) return 0;
    return length;
}

// An io thread's worker without its thread.
struct World {
    test::ManualClock clock;
    Shared shared{small_limits(), clock};
    Worker worker{shared, 0, 1};
    Recorder* recorder;
    bool const proxied;

    explicit World(bool behind_proxy = false) : proxied(behind_proxy) {
        if (proxied) shared.trusted_proxies.push_back(*IpNetwork::parse("127.0.0.1"));
        auto handler = std::make_unique<Recorder>();
        recorder = handler.get();
        worker.set_handler(std::move(handler));
        CHECK(worker.open().has_value());
    }
};

class Connection {
  public:
    explicit Connection(World& world, std::size_t send_buffer = 0) : world_(world) {
        world_.recorder->requests.clear();
        connect(send_buffer);
    }
    ~Connection() {
        if (client_ >= 0) ::close(client_);
    }
    Connection(Connection const&) = delete;
    Connection& operator=(Connection const&) = delete;

    void settle() {
        while (world_.worker.turn()) {
        }
    }
    void send(std::string_view bytes) {
        if (bytes.empty() || finished_ || client_ < 0) return;
        auto const sent = ::send(client_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        // The server may have closed.
        CHECK(sent == static_cast<ssize_t>(bytes.size()) || errno == EPIPE || errno == ECONNRESET);
    }
    void finish_sending() {
        if (client_ >= 0) ::shutdown(client_, SHUT_WR);
        finished_ = true;
    }
    // Without having read what there is.
    void vanish() {
        if (client_ >= 0) ::close(client_);
        client_ = -1;
    }
    bool read(std::size_t most) {
        std::array<char, 4096> piece;
        auto const wanted = std::min(most, piece.size());
        auto const n = client_ < 0 ? 0 : ::recv(client_, piece.data(), wanted, 0);
        if (n > 0) received_.append(piece.data(), static_cast<std::size_t>(n));
        return n > 0;
    }
    void answer() {
        world_.recorder->answer();
        settle();
    }
    void pass_time(std::int64_t ms) {
        world_.clock.advance_ms(ms);
        world_.worker.tick();
        settle();
    }
    // Takes all replies. REQUIRES: the client has finished, or has gone.
    void drain() {
        for (bool moved = true; moved;) {
            settle();
            moved = world_.recorder->owes();
            world_.recorder->answer();
            while (read(4096)) moved = true;
        }
        check_closed();
    }
    // The client does nothing any more, and takes nothing.
    void be_left() {
        for (int i = 0; i < 8; ++i) {
            answer();
            pass_time(100'000);
        }
        check_closed();
    }
    [[nodiscard]] std::vector<std::string> const& handled() const {
        return world_.recorder->requests;
    }
    // REQUIRES: the client has read all that came.
    [[nodiscard]] Transcript transcript() const {
        Transcript out{world_.recorder->requests, {}, false};
        std::string_view bytes = received_;
        while (!bytes.empty()) {
            auto const index = out.statuses.size();
            bool const own = index >= out.requests.size();
            bool const to_head = !own && out.requests[index].starts_with("HEAD ");
            int status = 0;
            auto const length = take_reply(bytes, status, own);
            if (status == 100) continue;
            CHECK(own ? status >= 400 : status == 200 || status == 204);
            if (!to_head) {
                CHECK(length <= bytes.size());
                bytes.remove_prefix(length);
            }
            out.statuses.push_back(status);
            out.refused = own;
            CHECK(!own || bytes.empty());
        }
        return out;
    }

  private:
    void connect(std::size_t send_buffer) {
        int ends[2];
        CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0);
        client_ = ends[0];
        int const size = static_cast<int>(send_buffer);
        if (size > 0) ::setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        world_.worker.add_connection(ends[1], kClient, {.proxied = world_.proxied});
    }
    void check_closed() {
        CHECK(world_.shared.stats.connections.get() == 0);
        CHECK(world_.worker.buffers().lent() == 0);
    }

    World& world_;
    int client_ = -1;
    bool finished_ = false;
    std::string received_;
};

// In pieces of these sizes, the rest at once.
Transcript send_in_pieces(World& world, std::string_view bytes,
                          std::vector<std::size_t> const& sizes) {
    Connection connection(world);
    for (std::size_t const size : sizes) {
        connection.send(bytes.substr(0, size));
        bytes.remove_prefix(std::min(size, bytes.size()));
        connection.settle();
        connection.answer();
    }
    connection.send(bytes);
    connection.finish_sending();
    connection.drain();
    return connection.transcript();
}

void check_same(Transcript const& a, Transcript const& b) {
    CHECK(a.requests == b.requests && a.refused == b.refused);
    CHECK(a.statuses.size() == b.statuses.size());
    // Which fault of several is seen first may depend on the cut.
    auto const compared = a.statuses.size() - (a.refused ? 1 : 0);
    CHECK(std::equal(a.statuses.begin(), a.statuses.begin() + static_cast<long>(compared),
                     b.statuses.begin()));
}

void check_splits(std::string_view bytes, bool proxied) {
    World world(proxied);
    auto const whole = send_in_pieces(world, bytes, {});
    CHECK(whole.statuses.size() == whole.requests.size() + (whole.refused ? 1 : 0));
    check_same(whole, send_in_pieces(world, bytes, std::vector<std::size_t>(bytes.size(), 1)));
    auto const stride = bytes.size() / kMostSplits + 1;
    auto const first = 1 + std::hash<std::string_view>()(bytes) % stride;
    for (std::size_t split = first; split < bytes.size(); split += stride)
        check_same(whole, send_in_pieces(world, bytes, {split}));
}

// One step of a client; false once the transcript cannot be that of a plain client any more.
bool take_step(Connection& connection, std::uint8_t step, std::string_view& bytes) {
    std::size_t const argument = step >> 3;
    auto const send = [&](std::size_t size) {
        connection.send(bytes.substr(0, size));
        bytes.remove_prefix(std::min(size, bytes.size()));
    };
    switch (step & 7) {
        case 3:
            send(8 * argument + 1);  // arrives together with what follows
            return true;
        case 4:
            connection.read(100 * argument + 1);
            break;
        case 5:
            connection.answer();
            break;
        case 6:
            connection.pass_time(static_cast<std::int64_t>(argument) * 1'000);
            return false;
        case 7:
            if (argument >= 16) connection.vanish();
            connection.finish_sending();
            connection.settle();
            return false;
        default:
            send(argument + 1);
            break;
    }
    connection.settle();
    return true;
}

void check_schedule(std::string_view schedule, std::string_view bytes, bool leave) {
    World world;
    auto const whole = send_in_pieces(world, bytes, {});
    Connection connection(world, 4096);
    bool plain = !leave;
    for (char const step : schedule)
        plain = take_step(connection, static_cast<std::uint8_t>(step), bytes) && plain;
    if (leave) {
        connection.be_left();
    } else {
        connection.send(bytes);
        connection.finish_sending();
        connection.drain();
    }
    if (plain) return check_same(whole, connection.transcript());
    auto const& handled = connection.handled();
    CHECK(handled.size() <= whole.requests.size());
    CHECK(std::equal(handled.begin(), handled.end(), whole.requests.begin()));
}

}  // namespace
}  // namespace inlet::http

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    inlet::fuzz::Input input(data, size);
    auto const mode = input.byte();
    if (mode == 'a' || mode == 'p') {
        inlet::http::check_splits(input.rest(), mode == 'p');
    } else {
        auto const schedule = input.text(input.byte());
        inlet::http::check_schedule(schedule, input.rest(), mode == 'l');
    }
    return 0;
}
