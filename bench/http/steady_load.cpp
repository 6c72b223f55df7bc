// steady_load - sends POSTs at a fixed average rate and tells how long the answers took.
//
//   steady_load --port N --connections N --rate N --seconds N --body FILE [--path /track]
//
// The times at which requests are due are drawn before anything is measured (a Poisson process, as of
// clients that know nothing of each other) and do not depend on the server. A request is sent on any
// connection that is free; if none is, it waits, and that wait counts: latency runs from the time it
// was due. So a server that stalls is charged for all the requests that came in meanwhile (no
// "coordinated omission", which closed loops like wrk suffer from).
// Prints one JSON object. Exit status 1 if a request failed. One thread; 127.0.0.1 only.
#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <iterator>
#include <map>
#include <netinet/tcp.h>
#include <random>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <vector>

#include <unistd.h>

namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kGraceNs = 30 * kSecondNs;  // for the last answers

[[noreturn]] void die(std::string const& why) {
    std::fprintf(stderr, "steady_load: %s\n", why.c_str());
    std::exit(2);
}

std::int64_t now_ns() {
    auto const now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
}

struct Options {
    std::uint16_t port = 0;
    std::size_t connections = 0;
    double rate = 0;
    double seconds = 0;
    std::string request;  // head and body
};

struct Connection {
    int fd = -1;
    std::int64_t due_ns = 0;  // of the request under way
    std::string answer;       // as far as it has arrived
};

// Offsets from the start, in order.
std::vector<std::int64_t> draw_due_times(Options const& options) {
    std::mt19937_64 random(20261123);  // the same for each run
    std::exponential_distribution<double> gap(options.rate);
    std::vector<std::int64_t> due;
    due.reserve(static_cast<std::size_t>(options.rate * options.seconds * 1.1) + 16);
    for (double at = gap(random); at < options.seconds; at += gap(random)) {
        due.push_back(static_cast<std::int64_t>(at * 1e9));
    }
    return due;
}

class Load {
  public:
    explicit Load(Options const& options)
        : options_(options), connections_(options.connections), due_(draw_due_times(options)) {
        latencies_.reserve(due_.size());
        epoll_ = ::epoll_create1(EPOLL_CLOEXEC);
        for (auto& connection : connections_) {
            open(connection);
            free_.push_back(&connection);
        }
    }

    void run() {
        start_ns_ = now_ns() + kSecondNs / 100;
        auto const give_up_ns =
            start_ns_ + static_cast<std::int64_t>(options_.seconds * 1e9) + kGraceNs;
        while (sent_ < due_.size() || answered_ + failed_ < sent_) {
            if (now_ns() > give_up_ns) break;
            send_due();
            receive(wait_ns());
        }
        failed_ += due_.size() - answered_ - failed_;  // never sent, or never answered
    }

    // True if every request was answered with 200.
    bool report() {
        std::sort(latencies_.begin(), latencies_.end());
        std::printf("{\"rate\": %.0f, \"answered\": %zu, \"failed\": %zu", options_.rate, answered_,
                    failed_);
        for (auto const& [name, share] : {std::pair{"p50_ms", 0.5},
                                          {"p90_ms", 0.9},
                                          {"p99_ms", 0.99},
                                          {"p999_ms", 0.999},
                                          {"max_ms", 1.0}}) {
            std::printf(", \"%s\": %.3f", name, percentile_ms(share));
        }
        std::printf("}\n");
        return failed_ == 0;
    }

  private:
    void open(Connection& connection) {
        connection.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(options_.port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::connect(connection.fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
            die("cannot connect");
        }
        int const on = 1;
        ::setsockopt(connection.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.ptr = &connection;
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, connection.fd, &event);
    }

    void send_due() {
        while (sent_ < due_.size() && start_ns_ + due_[sent_] <= now_ns()) {
            if (free_.empty()) return;
            Connection& connection = *free_.front();
            free_.pop_front();
            connection.due_ns = start_ns_ + due_[sent_++];
            auto const size = static_cast<ssize_t>(options_.request.size());
            // One request is far smaller than a socket's buffer.
            if (::send(connection.fd, options_.request.data(), options_.request.size(),
                       MSG_NOSIGNAL) != size) {
                drop(connection);
            }
        }
    }

    // Until the next request is due or, if that has no connection, until one gets free.
    std::int64_t wait_ns() {
        if (sent_ == due_.size()) return kSecondNs / 10;
        auto const left = start_ns_ + due_[sent_] - now_ns();
        if (left > 0) return left;
        if (!free_.empty()) return 0;
        return kSecondNs / 10;
    }

    void receive(std::int64_t wait_ns) {
        std::array<epoll_event, 256> events;
        timespec const timeout{wait_ns / kSecondNs, wait_ns % kSecondNs};
        int const n = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()),
                                     &timeout, nullptr);
        for (int i = 0; i < n; ++i) {
            receive(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
        }
    }

    void receive(Connection& connection) {
        std::array<char, 8192> bytes;
        auto const n = ::recv(connection.fd, bytes.data(), bytes.size(), 0);
        if (n <= 0) return drop(connection);
        connection.answer.append(bytes.data(), static_cast<std::size_t>(n));
        if (!is_whole(connection.answer)) return;
        if (!connection.answer.starts_with("HTTP/1.1 200 ")) return drop(connection);
        latencies_.push_back(now_ns() - connection.due_ns);
        ++answered_;
        connection.answer.clear();
        free_.push_back(&connection);
    }

    static bool is_whole(std::string_view answer) {
        auto const head_end = answer.find("\r\n\r\n");
        if (head_end == std::string_view::npos) return false;
        constexpr std::string_view kLength = "Content-Length: ";
        auto const at = answer.find(kLength);
        if (at > head_end) return false;
        std::size_t length = 0;
        std::from_chars(answer.data() + at + kLength.size(), answer.data() + head_end, length);
        return answer.size() >= head_end + 4 + length;
    }

    // The connection is not used again.
    void drop(Connection& connection) {
        ++failed_;
        ::close(connection.fd);
    }

    double percentile_ms(double share) const {
        if (latencies_.empty()) return NAN;
        auto const last = static_cast<double>(latencies_.size() - 1);
        return static_cast<double>(latencies_[static_cast<std::size_t>(share * last)]) / 1e6;
    }

    Options const& options_;
    int epoll_;
    std::vector<Connection> connections_;
    std::deque<Connection*> free_;  // used in turn
    std::vector<std::int64_t> const due_;
    std::vector<std::int64_t> latencies_;
    std::int64_t start_ns_ = 0;
    std::size_t sent_ = 0;
    std::size_t answered_ = 0;
    std::size_t failed_ = 0;
};

Options parse(int argc, char** argv) {
    std::map<std::string, std::string> given{{"--path", "/track"}};
    for (int i = 1; i + 1 < argc; i += 2) given[argv[i]] = argv[i + 1];
    for (auto const* name : {"--port", "--connections", "--rate", "--seconds", "--body"}) {
        if (!given.contains(name))
            die(std::string(name) + " is missing; see the top of the source");
    }
    std::ifstream file(given["--body"], std::ios::binary);
    std::string const body{std::istreambuf_iterator<char>(file), {}};
    if (!file.good() && body.empty()) die("cannot read " + given["--body"]);
    Options options;
    options.port = static_cast<std::uint16_t>(std::atoi(given["--port"].c_str()));
    options.connections = static_cast<std::size_t>(std::atoll(given["--connections"].c_str()));
    options.rate = std::atof(given["--rate"].c_str());
    options.seconds = std::atof(given["--seconds"].c_str());
    if (options.rate <= 0 || options.seconds <= 0 || options.connections == 0)
        die("must be over 0");
    options.request = "POST " + given["--path"] +
                      " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                      "Content-Length: " +
                      std::to_string(body.size()) + "\r\n\r\n" + body;
    return options;
}

}  // namespace

int main(int argc, char** argv) {
    ::prctl(PR_SET_TIMERSLACK, 1UL);  // else a wait may end 50 us late
    Options const options = parse(argc, argv);
    Load load(options);
    load.run();
    return load.report() ? 0 : 1;
}
