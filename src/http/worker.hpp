// worker.hpp - one io thread: its event loop, its listeners, its connections and its handler.
// Threads:   post() from any; start(), stop_accepting(), stop() from the thread that owns the
// server; all
//            else on the io thread.
// Ownership: connections live until they are closed and their handler owes them nothing, at the
// latest until
//            ~Worker.
#pragma once

#include <array>
#include <cstdint>
#include <future>
#include <memory>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>

#include "http/acceptor.hpp"
#include "http/buffer_pool.hpp"
#include "http/head_parser.hpp"
#include "http/poller.hpp"
#include "http/reply.hpp"
#include "http/session.hpp"
#include "http/shared.hpp"

namespace inlet::http {

class Worker final : public Executor {
  public:
    Worker(Shared& shared, unsigned index, unsigned workers);
    ~Worker() override;
    Worker(Worker const&) = delete;
    Worker& operator=(Worker const&) = delete;

    // Before start():
    void set_handler(std::unique_ptr<Handler> handler) { handler_ = std::move(handler); }
    void add_listener(int fd, ListenerKind kind);
    Result<void> start();
    // Instead of start(), for tests that need no thread: then what is ready is dealt with by turn() alone.
    Result<void> open();
    // One turn, which waits for nothing; false if nothing was ready. REQUIRES: open().
    bool turn();
    // Looks at the deadlines of all connections; does itself when time passes.
    void tick();

    void post(std::function<void()> task) override;
    // Returns when the listeners and the idle connections are closed.
    void stop_accepting();
    // REQUIRES: stop_accepting(). True once no connection is left and no reply is owed.
    bool wait_until_drained(std::chrono::steady_clock::time_point deadline);
    // Closes what is left and ends the thread.
    void stop();

    // For the acceptors: takes over a new socket.
    void add_connection(int fd, IpAddress const& peer, ListenerKind kind);

    // For the sessions:
    [[nodiscard]] Limits const& limits() const { return shared_.options.limits; }
    [[nodiscard]] Stats& stats() { return shared_.stats; }
    [[nodiscard]] bool is_stopping() const {
        return shared_.stopping.load(std::memory_order_relaxed);
    }
    [[nodiscard]] std::vector<IpNetwork> const& trusted_proxies() const {
        return shared_.trusted_proxies;
    }
    ConnectionLimits& connection_limits() { return shared_.connection_limits; }
    BufferPool& buffers() { return buffers_; }
    [[nodiscard]] bool buffers_are_full() const { return buffers_.lent() > max_lent_; }
    std::span<char> scratch() { return scratch_; }
    // The head that was parsed last.
    Head& head() { return head_; }
    std::string_view common_headers(bool secure) { return common_headers_.at(unix_ms_, secure); }
    // The times at which this batch of events began: a request asks for them several times.
    [[nodiscard]] std::int64_t now_ns() const { return now_ns_; }
    [[nodiscard]] std::int64_t now_ms() const { return now_ns_ / 1'000'000; }
    [[nodiscard]] std::int64_t unix_ms() const { return unix_ms_; }
    std::int64_t read_clock() { return now_ns_ = shared_.clock.steady_ns(); }

    template <class F>
    void ask_handler(F&& ask) {
        asking_handler_ = true;
        ask(*handler_);
        asking_handler_ = false;
    }
    [[nodiscard]] bool is_asking_handler() const { return asking_handler_; }

    // Has become the most recently used one.
    void touch(Session& session);
    // Calls session.resume() in the next turn.
    void resume_later(Session& session);
    // It has closed its socket. It is destroyed behind this turn unless a reply is owed; then
    // bury() follows.
    void forget(Session& session);
    void bury(Session& session);

  private:
    using Sessions = boost::intrusive::list<Session>;

    void run();
    void read_clocks();
    void go_on_and_turn_over();
    void turn_over();
    void schedule_tick();
    void run_resumed();
    bool evict_idle();
    void refuse_connection(int fd, bool says_why);
    void close_idle();
    void check_drained();
    void run_and_wait(std::function<void()> task);

    Shared& shared_;
    unsigned const index_;
    std::int64_t const tick_ms_;
    std::size_t const max_lent_;     // this thread's share of max_buffered_bytes
    boost::asio::io_context io_{1};  // 1: only one thread runs it
    boost::asio::steady_timer tick_timer_;
    Poller poller_;
    std::vector<std::unique_ptr<Acceptor>> acceptors_;
    std::unique_ptr<Handler> handler_;

    BufferPool buffers_;
    std::array<char, 16 * 1024> scratch_;
    Head head_;
    CommonHeaders common_headers_;
    std::int64_t now_ns_ = 0;
    std::int64_t unix_ms_ = 0;
    bool asking_handler_ = false;

    Sessions sessions_;   // open ones, the longest unused first
    Sessions orphans_;    // closed, but the handler owes a reply
    Sessions graveyard_;  // to be destroyed behind this turn
    std::vector<Session*> resumed_;

    bool accepting_ = true;  // the owner's
    bool draining_ = false;
    std::promise<void> drained_;
    std::future<void> drained_future_ = drained_.get_future();
    std::thread thread_;
};

}  // namespace inlet::http
