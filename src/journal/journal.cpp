#include "journal/journal.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>

#include "base/check.hpp"
#include "base/log.hpp"
#include "journal/appender.hpp"
#include "journal/extent.hpp"
#include "journal/queue.hpp"
#include "journal/spares.hpp"

namespace inlet::journal {
namespace {

constexpr std::chrono::milliseconds kBeat{1'000};  // the idle writer goes round at least this often
constexpr std::size_t kKeptBufferBytes = 1 << 20;

}  // namespace

struct Journal::Impl {
    // Constant after construction.
    FileSystem& fs;
    Clock& clock;
    Options const options;

    Impl(FileSystem& f, Clock& c, Options o)
        : fs(f), clock(c), options(std::move(o)), spares(fs, options.dir, options.spare_segments) {}

    // Used by the journal thread alone (and by open() before it runs).
    std::unique_ptr<File> lock;
    std::unique_ptr<Appender> appender;
    std::thread writer;  // not joinable: the caller is
    Gathered gathered;   // what step() took
    // The completions of one commit, by mailbox: as many as there are io threads.
    struct Completed {
        Mailbox* mailbox;
        WaiterChain waiters;
    };
    std::vector<Completed> completed;

    // Each knows its own lock.
    Queue queue;
    Extent extent;
    Spares spares;

    std::atomic<bool> full{false};  // from a refusal for want of room until something is released
    std::atomic<Health> health{Health::failing};
    std::atomic<bool> stopping{false};
    std::atomic<std::int64_t> beat_ns{0};
    Stats stats;

    Result<void> recover(Position floor, Naming naming);
    Appender::Start start_after(Chain const& chain, Position floor, Naming naming);

    void run();
    void probe();
    bool step(std::chrono::milliseconds longest_wait);
    void commit();
    void publish();
    void complete(WaiterChain& waiters, std::uint64_t first_seq, Result<void> const& outcome);
    void set_failing(Error const& error);
    void show_extent();
};

namespace {

// A disk that takes no new file may still hold rows to deliver: a lock file that is there is not created.
Result<std::unique_ptr<File>> open_lock(FileSystem& fs, std::string const& dir) {
    auto const path = join_path(dir, "lock");
    auto existing = fs.open(path, OpenMode::read_write);
    if (existing || existing.error().code != Errc::not_found) return existing;
    return fs.open(path, OpenMode::create);
}

}  // namespace

// --- opening ------------------------------------------------------------------------------------------------

Journal::Journal(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Journal::~Journal() {
    stop();
}

Result<std::unique_ptr<Journal>> Journal::open(FileSystem& fs, Clock& clock, Options options,
                                               Position floor, Naming naming, Writer writer) {
    auto impl = std::make_unique<Impl>(fs, clock, std::move(options));
    TRY(fs.make_directories(impl->options.dir));
    TRY(impl->lock, open_lock(fs, impl->options.dir));
    TRY(impl->lock->lock());
    TRY(impl->recover(floor, naming));
    impl->beat_ns = clock.steady_ns();
    impl->probe();
    if (writer == Writer::thread) impl->writer = std::thread([raw = impl.get()] { raw->run(); });
    return std::unique_ptr<Journal>(new Journal(std::move(impl)));
}

Result<void> Journal::Impl::recover(Position floor, Naming naming) {
    TRY(auto chain, read_chain(fs, options.dir));
    for (auto const& damage : chain.damage) {
        log::error("journal damaged", {{"file", damage.file},
                                       {"offset", damage.offset},
                                       {"bytes", damage.bytes},
                                       {"rows", damage.rows},
                                       {"reason", damage.reason}});
        stats.damaged_entries.add();
    }
    if (chain.cut_bytes > 0)
        log::info("cut an unfinished commit off the journal", {{"bytes", chain.cut_bytes}});
    for (auto const& name : chain.leftovers) spares.discard(join_path(options.dir, name));

    auto start = start_after(chain, floor, naming);
    bool const goes_on = !chain.segments.empty() && start.node == chain.segments.back().header.node;
    appender = std::make_unique<Appender>(
        fs, clock, spares, Appender::Options{options.dir, options.segment_bytes}, std::move(start));
    TRY(appender->recover(goes_on && chain.cut_bytes == 0));
    if (!chain.segments.empty()) chain.segments.back().end = appender->tail().offset;
    extent.adopt(chain, appender->tail());
    show_extent();
    return success();
}

// Which node and numbers come next. A journal that ends before a place that a cursor has seen is an old copy: its
// numbers were given to other rows already, so it must not count on under the same name.
Appender::Start Journal::Impl::start_after(Chain const& chain, Position floor, Naming naming) {
    Appender::Start start;
    start.end = start.proven = chain.end;
    start.next_number = std::max(chain.highest_number, floor.segment) + 1;
    start.next_commit = chain.last_commit + 1;
    bool const behind = !chain.segments.empty() && chain.end < floor;
    bool const asked = naming == Naming::new_node;
    if (chain.segments.empty() || behind || asked || !chain.end_is_certain) {
        start.node = random_node();
        start.end.seq = 1;
        if (behind)
            log::warn("the journal ends before its cursors: restored copy, new node",
                      {{"node", start.node}});
    } else {
        start.node = chain.segments.back().header.node;
        // What a lane has seen was synced: only that is shown to lanes.
        if (floor <= chain.last_commit_begin) start.proven = chain.last_commit_begin;
    }
    return start;
}

// --- appending (io threads) ----------------------------------------------------------------------------------

Result<void> Journal::admit(std::uint64_t bytes) {
    auto& impl = *impl_;
    if (impl.stopping.load(std::memory_order_relaxed)) return fail(Errc::stopping, "journal");
    if (impl.health.load(std::memory_order_relaxed) == Health::failing)
        return fail(Errc::io, "journal: failing");
    auto const queued = impl.stats.queue_bytes.add(bytes);
    if (queued > impl.options.queue_bytes) {
        impl.stats.queue_bytes.sub(bytes);
        impl.stats.refused_overloaded.add();
        return fail(Errc::overloaded, "journal: queue");
    }
    if (impl.extent.undelivered() + queued > impl.options.max_bytes) {
        impl.stats.queue_bytes.sub(bytes);
        impl.full.store(true, std::memory_order_relaxed);
        impl.stats.refused_full.add();
        return fail(Errc::full, "journal: max_bytes");
    }
    return success();
}

void Journal::submit(Gathered& gathered) {
    if (impl_->queue.submit(gathered)) return;
    // The writer has ended in the meantime.
    for (auto* waiter = gathered.waiters.pop(); waiter != nullptr;
         waiter = gathered.waiters.pop()) {
        waiter->stored = false;
        waiter->error = Errc::stopping;
        WaiterChain one;
        one.push(*waiter);
        waiter->mailbox->drop(one);
    }
    gathered.entries.clear(0);
}

void Journal::stop() {
    impl_->stopping = true;
    impl_->queue.close();
    if (impl_->writer.joinable()) {
        impl_->writer.join();
    } else {
        while (impl_->step({})) continue;
    }
    impl_->health = Health::stopping;
    impl_->extent.stop();
}

bool Journal::step(std::chrono::milliseconds longest_wait) {
    CHECK(!impl_->writer.joinable());
    return impl_->step(longest_wait);
}

// --- the writer (journal thread) -----------------------------------------------------------------------------

void Journal::Impl::run() {
    pthread_setname_np(pthread_self(), "journal");
    while (step(kBeat)) continue;
}

bool Journal::Impl::step(std::chrono::milliseconds longest_wait) {
    if (!queue.take(gathered, longest_wait)) return false;
    beat_ns.store(clock.steady_ns(), std::memory_order_relaxed);
    if (!gathered.entries.empty()) {
        stats.queue_bytes.sub(gathered.entries.bytes().size());
        commit();
        gathered.entries.clear(kKeptBufferBytes);
    } else {
        spares.sweep();  // first: it may be what makes room
        if (health.load(std::memory_order_relaxed) == Health::failing) probe();
    }
    return true;
}

void Journal::Impl::commit() {
    auto& entries = gathered.entries;
    auto const first_seq = appender->tail().seq;
    auto const begin = clock.steady_ns();
    auto const outcome = appender->commit(entries);
    stats.commit_time.observe_ns(clock.steady_ns() - begin);
    if (outcome) {
        stats.commits.add();
        stats.appended_entries.add(entries.entries());
        stats.appended_rows.add(entries.rows());
        stats.appended_bytes.add(entries.bytes().size());
        health.store(Health::ok, std::memory_order_relaxed);
        publish();
    } else {
        stats.failed_commits.add();
        set_failing(outcome.error());
        publish();  // it may have begun a segment, which is to be released in its turn
    }
    complete(gathered.waiters, first_seq, outcome);
}

// Tells readers about the new end.
void Journal::Impl::publish() {
    extent.advance(appender->take_begun(), appender->tail());
    show_extent();
}

void Journal::Impl::show_extent() {
    stats.undelivered_bytes.set(extent.undelivered());
    stats.segments.set(extent.segments());
}

void Journal::Impl::complete(WaiterChain& waiters, std::uint64_t first_seq,
                             Result<void> const& outcome) {
    completed.clear();
    auto next_seq = first_seq;
    while (auto* const waiter = waiters.pop()) {
        next_seq += waiter->last_seq;  // as yet the number of its rows
        waiter->last_seq = next_seq - 1;
        waiter->stored = outcome.has_value();
        waiter->error = Errc::io;  // also on a full disk: nothing is known about the entry
        auto one = std::find_if(completed.begin(), completed.end(),
                                [&](Completed const& c) { return c.mailbox == waiter->mailbox; });
        if (one == completed.end()) one = completed.insert(one, {waiter->mailbox, {}});
        one->waiters.push(*waiter);
    }
    for (auto& [mailbox, chain] : completed) mailbox->drop(chain);
}

// Opens a segment if none is open. While failing this is how the journal learns that the disk is back.
void Journal::Impl::probe() {
    auto const prepared = appender->prepare();
    if (!prepared) return set_failing(prepared.error());
    publish();  // who sees that it accepts sees where
    if (health.exchange(Health::ok) == Health::failing)
        log::info("journal accepts", {{"node", appender->node()}});
}

void Journal::Impl::set_failing(Error const& error) {
    health.store(Health::failing, std::memory_order_relaxed);
    static log::Limiter limiter(10'000);
    if (auto n = limiter.pass(clock.steady_ms())) {
        log::error("journal cannot be written", {{"reason", error.message()}, {"times", n}});
    }
}

// --- readers and retention (any thread) ----------------------------------------------------------------------

Position Journal::synced() const {
    return impl_->extent.synced();
}

void Journal::wait_synced(Position seen, std::int64_t steady_deadline_ns) {
    auto const left = std::chrono::nanoseconds(steady_deadline_ns - impl_->clock.steady_ns());
    impl_->extent.wait_beyond(seen, left);
}

Position Journal::first() const {
    return impl_->extent.first();
}

void Journal::release(Position keep_from) {
    auto const released = impl_->extent.release(keep_from);
    if (released.moved) impl_->full.store(false, std::memory_order_relaxed);
    impl_->show_extent();
    for (auto segment : released.segments) impl_->spares.retire(segment);
}

std::string Journal::node() const {
    return impl_->appender->node();
}

Health Journal::health() const {
    auto const health = impl_->health.load(std::memory_order_relaxed);
    bool const full = impl_->full.load(std::memory_order_relaxed);
    return health == Health::ok && full ? Health::full : health;
}

std::int64_t Journal::last_beat_ns() const {
    return impl_->beat_ns.load(std::memory_order_relaxed);
}

Stats const& Journal::stats() const {
    return impl_->stats;
}

}  // namespace inlet::journal
