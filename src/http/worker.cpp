#include "http/worker.hpp"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <exception>
#include <string>
#include <sys/socket.h>

#include <boost/asio/post.hpp>
#include <pthread.h>
#include <unistd.h>

#include "base/log.hpp"

namespace inlet::http {
namespace {

// Deadlines are looked at this often: four times within the shortest of them, but not without need.
std::int64_t tick_interval_ms(Limits const& limits) {
    auto const shortest = std::min({limits.header_timeout_ms, limits.body_timeout_ms,
                                    limits.idle_timeout_ms, limits.write_timeout_ms});
    return std::clamp<std::int64_t>(shortest / 4, 5, 250);
}

// The longest unused connections that are looked at for one that can be closed to make room.
constexpr int kEvictionCandidates = 16;

// A turn is what the thread does between two waits: what is ready is dealt with, what that makes ready too, up to so
// many batches. Then come the things that are done once a turn.
constexpr int kHandlersPerTurn = 8;

// Takes one reply and keeps its bytes: for a connection that gets no Session.
class Refused final : public Exchange {
  public:
    explicit Refused(std::string_view common_headers) : common_headers_(common_headers) {}
    void respond(Response const& response) override {
        append_reply(response, {.close = true}, common_headers_, bytes_);
    }
    [[nodiscard]] std::string const& bytes() const { return bytes_; }

  private:
    std::string_view common_headers_;
    std::string bytes_;
};

// OpenSSL writes to sockets without MSG_NOSIGNAL.
void block_sigpipe() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

Worker::Worker(Shared& shared, unsigned index, unsigned workers)
    : shared_(shared),
      index_(index),
      tick_ms_(tick_interval_ms(shared.options.limits)),
      max_lent_(shared.options.limits.max_buffered_bytes / workers),
      tick_timer_(io_),
      poller_(io_) {
    read_clocks();
    head_.headers.reserve(limits().max_headers);
}

Worker::~Worker() {
    stop();
    auto const destroy = [](Session* session) { delete session; };
    sessions_.clear_and_dispose(destroy);
    orphans_.clear_and_dispose(destroy);
    graveyard_.clear_and_dispose(destroy);
}

void Worker::add_listener(int fd, ListenerKind kind) {
    acceptors_.push_back(std::make_unique<Acceptor>(io_, *this, fd, kind));
}

Result<void> Worker::open() {
    TRY(poller_.start([this] { read_clocks(); }));
    for (auto& acceptor : acceptors_) acceptor->start();
    schedule_tick();
    return success();
}

Result<void> Worker::start() {
    TRY(open());
    thread_ = std::thread([this] { run(); });
    return success();
}

bool Worker::turn() {
    bool const ready = io_.poll_one() > 0;
    go_on_and_turn_over();
    return ready;
}

void Worker::run() {
    auto const name = shared_.options.name + "-" + std::to_string(index_);
    ::pthread_setname_np(::pthread_self(), name.substr(0, 15).c_str());  // 15: the kernel's limit
    block_sigpipe();
    try {
        while (!io_.stopped()) {
            io_.run_one();
            go_on_and_turn_over();
        }
    } catch (std::exception const& e) {
        // The state of a connection, and of the request in it, is unknown: a restart is safe.
        log::error("io thread ended by an exception", {{"thread", name}, {"what", e.what()}});
        std::abort();
    }
}

void Worker::post(std::function<void()> task) {
    boost::asio::post(io_, [this, task = std::move(task)] {
        read_clocks();
        task();
    });
}

void Worker::run_and_wait(std::function<void()> task) {
    std::promise<void> done;
    post([&] {
        task();
        done.set_value();
    });
    done.get_future().wait();
}

void Worker::stop_accepting() {
    if (!thread_.joinable() || !accepting_) return;
    accepting_ = false;
    run_and_wait([this] {
        for (auto& acceptor : acceptors_) acceptor->close();
        close_idle();
        draining_ = true;
        check_drained();
    });
}

bool Worker::wait_until_drained(std::chrono::steady_clock::time_point deadline) {
    return drained_future_.wait_until(deadline) == std::future_status::ready;
}

void Worker::stop() {
    if (!thread_.joinable()) return;
    post([this] {
        while (!sessions_.empty()) sessions_.front().close();
        io_.stop();
    });
    thread_.join();
}

void Worker::close_idle() {
    for (auto it = sessions_.begin(); it != sessions_.end();) {
        Session& session = *it++;
        session.on_ready(EPOLLIN);  // a request may have arrived that was not read yet
        session.finish();
    }
}

void Worker::check_drained() {
    if (!draining_ || !sessions_.empty() || !orphans_.empty()) return;
    draining_ = false;
    drained_.set_value();
}

void Worker::add_connection(int fd, IpAddress const& peer, ListenerKind kind) {
    using Verdict = ConnectionLimits::Verdict;
    read_clocks();  // it is an acceptor that calls
    bool const trusted = contains(trusted_proxies(), peer);
    if (kind.proxied && !trusted) {
        stats().proxy_headers_untrusted.add();
        ::close(fd);
        return;
    }
    // A trusted proxy brings many clients: the limit per address is for them.
    std::optional<std::uint64_t> counted_as;
    if (!trusted) counted_as = peer.customer();
    auto verdict = shared_.connection_limits.admit(counted_as);
    if (verdict == Verdict::too_many && evict_idle())
        verdict = shared_.connection_limits.admit(counted_as);
    bool const says_why = !kind.tls && !kind.proxied;
    if (verdict != Verdict::admitted) return refuse_connection(fd, says_why);
    std::unique_ptr<TlsStream> stream;
    if (kind.tls && !(stream = shared_.tls->new_stream(fd))) {
        shared_.connection_limits.release(counted_as);
        return refuse_connection(fd, says_why);
    }
    auto* const session =
        new Session(*this, {fd, peer, trusted, kind.proxied, counted_as}, std::move(stream));
    sessions_.push_back(*session);
    stats().accepted.add();
    stats().connections.add();
    if (!poller_.watch(fd, *session)) session->close();
}

bool Worker::evict_idle() {
    int looked_at = 0;
    for (Session& session : sessions_) {
        if (session.is_idle()) {
            session.close();
            return true;
        }
        if (++looked_at == kEvictionCandidates) break;
    }
    return false;
}

// Best effort: there is no room to wait until the client has read it.
void Worker::refuse_connection(int fd, bool says_why) {
    stats().refused_connections.add();
    if (says_why) {
        std::array<char, 512> ignored;
        Refused reply(common_headers(false));
        ask_handler([&](Handler& h) { h.refuse(503, "too many connections", reply); });
        [[maybe_unused]] auto const sent =
            ::send(fd, reply.bytes().data(), reply.bytes().size(), MSG_NOSIGNAL);
        ::shutdown(fd, SHUT_WR);
        [[maybe_unused]] auto const received = ::recv(fd, ignored.data(), ignored.size(), 0);
    }
    ::close(fd);
}

void Worker::touch(Session& session) {
    sessions_.splice(sessions_.end(), sessions_, sessions_.iterator_to(session));
}

void Worker::resume_later(Session& session) {
    if (session.resume_is_queued) return;
    session.resume_is_queued = true;
    resumed_.push_back(&session);
    if (resumed_.size() == 1) boost::asio::post(io_, [this] { run_resumed(); });
}

void Worker::run_resumed() {
    read_clocks();
    auto const sessions = std::exchange(resumed_, {});
    for (Session* session : sessions) {
        session->resume_is_queued = false;
        session->resume();
    }
}

void Worker::forget(Session& session) {
    sessions_.erase(sessions_.iterator_to(session));
    shared_.connection_limits.release(session.counted_as());
    stats().connections.sub();
    (session.owes_reply() ? orphans_ : graveyard_).push_back(session);
    check_drained();
}

void Worker::bury(Session& session) {
    orphans_.erase(orphans_.iterator_to(session));
    graveyard_.push_back(session);
    check_drained();
}

void Worker::read_clocks() {
    read_clock();
    unix_ms_ = shared_.clock.unix_ms();
}

// Behind the first handler of a turn.
void Worker::go_on_and_turn_over() {
    for (int i = 1; i < kHandlersPerTurn && io_.poll_one() > 0; ++i) {
    }
    turn_over();
}

void Worker::turn_over() {
    handler_->turn_over();
    graveyard_.remove_and_dispose_if([](Session const& s) { return !s.resume_is_queued; },
                                     [](Session* session) { delete session; });
}

void Worker::schedule_tick() {
    tick_timer_.expires_after(std::chrono::milliseconds(tick_ms_));
    tick_timer_.async_wait([this](boost::system::error_code const& aborted) {
        if (aborted) return;
        tick();
        schedule_tick();
    });
}

void Worker::tick() {
    read_clocks();
    for (auto it = sessions_.begin(); it != sessions_.end();) {
        Session& session = *it++;
        session.check_deadline(now_ms());
    }
    if (index_ == 0 && shared_.tls) shared_.tls->reload_if_changed(now_ms());
}

}  // namespace inlet::http
