#include "journal/journal.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <pthread.h>

#include "base/check.hpp"
#include "base/log.hpp"
#include "journal/appender.hpp"

namespace inlet::journal {
namespace {

constexpr std::chrono::milliseconds kBeat{1'000};  // the idle writer goes round at least this often
constexpr std::size_t kKeptBufferBytes = 1 << 20;

// A segment that is on disk, and where its bytes stand in the sum over all segments.
struct Held {
    std::uint64_t number;
    std::uint64_t logical_begin;  // of kSegmentHeaderBytes in it
};

}  // namespace

struct Journal::Impl {
    // Constant after construction.
    FileSystem& fs;
    Clock& clock;
    Options const options;

    Impl(FileSystem& f, Clock& c, Options o) : fs(f), clock(c), options(std::move(o)) {}

    // Used by the journal thread alone (and by open() before it runs).
    std::unique_ptr<File> lock;
    std::unique_ptr<Appender> appender;
    std::thread writer;
    // The completions of one commit, by mailbox: as many as there are io threads.
    struct Completed {
        Mailbox* mailbox;
        Waiter* first;
        Waiter* last;
    };
    std::vector<Completed> batches;

    // What the io threads fill while a commit runs.
    struct Queue {
        CommitBuffer buffer;
        Waiter* first = nullptr;
        Waiter* last = nullptr;
        bool stopping = false;
        bool writer_sleeps = false;
    };
    std::mutex queue_mutex;
    std::condition_variable queue_filled;
    Queue queue;  // guarded by queue_mutex

    // Where readers may go, and what is kept for them.
    struct Extent {
        Position synced;
        std::uint64_t logical_end = 0;    // of `synced`, in the sum over all segments
        std::uint64_t logical_keep = 0;   // of the slowest reader
        std::deque<Held> held;            // oldest first, never empty once a segment exists
        std::vector<std::string> spares;  // released files that the writer may take
        bool stopped = false;
    };
    mutable std::mutex extent_mutex;
    std::condition_variable extent_moved;
    Extent extent;  // guarded by extent_mutex

    std::atomic<std::uint64_t> undelivered{0};
    std::atomic<bool> full{false};  // from a refusal for want of room until something is released
    std::atomic<Health> health{Health::failing};
    std::atomic<std::int64_t> beat_ns{0};
    Stats stats;

    Result<void> recover(Position floor);
    Appender::Start start_after(Chain const& chain, Position floor);
    void adopt(Chain const& chain);
    std::string take_spare();
    void remove_leftovers(Chain const& chain);

    void run();
    void probe();
    void commit(CommitBuffer& buffer, Waiter* waiters);
    void publish();
    void complete(Waiter* waiters, std::uint64_t first_seq, Result<void> const& outcome);
    void set_failing(Error const& error);
    void retire(std::uint64_t number);
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
                                               Position floor) {
    auto impl = std::make_unique<Impl>(fs, clock, std::move(options));
    TRY(fs.make_directories(impl->options.dir));
    TRY(impl->lock, open_lock(fs, impl->options.dir));
    TRY(impl->lock->lock());
    TRY(impl->recover(floor));
    impl->beat_ns = clock.steady_ns();
    impl->probe();
    impl->writer = std::thread([raw = impl.get()] { raw->run(); });
    return std::unique_ptr<Journal>(new Journal(std::move(impl)));
}

Result<void> Journal::Impl::recover(Position floor) {
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
    remove_leftovers(chain);

    auto start = start_after(chain, floor);
    bool const goes_on = !chain.segments.empty() && start.node == chain.segments.back().header.node;
    Appender::Options how{options.dir, options.segment_bytes, [this] { return take_spare(); }};
    appender = std::make_unique<Appender>(fs, clock, std::move(how), std::move(start));
    adopt(chain);
    if (goes_on && chain.cut_bytes == 0) {
        auto resumed = appender->resume();
        if (!resumed) log::warn("starting a new segment", {{"because", resumed.error().message()}});
    }
    return success();
}

// Which node and numbers come next. A journal that ends before a place that a cursor has seen is an old copy: its
// numbers were given to other rows already, so it must not count on under the same name.
Appender::Start Journal::Impl::start_after(Chain const& chain, Position floor) {
    Appender::Start start;
    start.end = chain.end;
    start.next_number = std::max(chain.highest_number, floor.segment) + 1;
    start.next_commit = chain.last_commit + 1;
    bool const behind = !chain.segments.empty() && chain.end < floor;
    if (chain.segments.empty() || behind || !chain.end_is_certain) {
        start.node = random_node();
        start.end.seq = 1;
        if (behind)
            log::warn("the journal ends before its cursors: restored copy, new node",
                      {{"node", start.node}});
    } else {
        start.node = chain.segments.back().header.node;
    }
    return start;
}

void Journal::Impl::adopt(Chain const& chain) {
    std::uint64_t logical = 0;
    for (auto const& span : chain.segments) {
        extent.held.push_back({span.header.segment, logical});
        logical += span.end - kSegmentHeaderBytes;
    }
    extent.logical_end = logical;
    extent.synced = appender->tail();
    undelivered = logical;
    stats.undelivered_bytes.set(logical);
    stats.segments.set(extent.held.size());
}

void Journal::Impl::remove_leftovers(Chain const& chain) {
    for (auto const& name : chain.leftovers) {
        auto removed = fs.remove(join_path(options.dir, name));
        if (!removed)
            log::warn("could not remove a left-over file", {{"reason", removed.error().message()}});
    }
}

std::string Journal::Impl::take_spare() {
    std::lock_guard guard(extent_mutex);
    if (extent.spares.empty()) return {};
    auto path = std::move(extent.spares.back());
    extent.spares.pop_back();
    return path;
}

// --- appending (io threads) ----------------------------------------------------------------------------------

Result<void> Journal::append(Append const& entry, Waiter& waiter) {
    auto& impl = *impl_;
    CHECK(waiter.mailbox != nullptr && entry.rows > 0 && entry.text.size() <= kMaxEntryBytes);
    auto const bytes = entry_bytes(entry.text.size());
    waiter.next = nullptr;
    bool wake = false;
    {
        std::lock_guard guard(impl.queue_mutex);
        auto& queue = impl.queue;
        if (queue.stopping) return fail(Errc::stopping, "journal");
        if (impl.health.load(std::memory_order_relaxed) == Health::failing)
            return fail(Errc::io, "journal: failing");
        auto const queued = queue.buffer.bytes().size();
        if (queued + bytes > impl.options.queue_bytes) {
            impl.stats.refused_overloaded.add();
            return fail(Errc::overloaded, "journal: queue");
        }
        if (impl.undelivered.load(std::memory_order_relaxed) + queued + bytes >
            impl.options.max_bytes) {
            impl.full.store(true, std::memory_order_relaxed);
            impl.stats.refused_full.add();
            return fail(Errc::full, "journal: max_bytes");
        }
        queue.buffer.add(entry.tag, entry.rows, entry.text);
        (queue.last ? queue.last->next : queue.first) = &waiter;
        queue.last = &waiter;
        // The waiter learns its rows' place in the commit now, and the first seq when the commit has one.
        waiter.last_seq = queue.buffer.rows();
        impl.stats.queue_bytes.set(queued + bytes);
        wake = std::exchange(queue.writer_sleeps, false);
    }
    if (wake) impl.queue_filled.notify_one();
    return success();
}

void Journal::stop() {
    {
        std::lock_guard guard(impl_->queue_mutex);
        impl_->queue.stopping = true;
        impl_->queue.writer_sleeps = false;
    }
    impl_->queue_filled.notify_one();
    if (impl_->writer.joinable()) impl_->writer.join();
    impl_->health = Health::stopping;
    {
        std::lock_guard guard(impl_->extent_mutex);
        impl_->extent.stopped = true;
    }
    impl_->extent_moved.notify_all();
}

// --- the writer (journal thread) -----------------------------------------------------------------------------

void Journal::Impl::run() {
    pthread_setname_np(pthread_self(), "journal");
    CommitBuffer buffer;
    for (;;) {
        Waiter* waiters = nullptr;
        bool stopping = false;
        {
            std::unique_lock guard(queue_mutex);
            if (queue.buffer.empty() && !queue.stopping) {
                queue.writer_sleeps = true;
                queue_filled.wait_for(guard, kBeat, [&] { return !queue.writer_sleeps; });
                queue.writer_sleeps = false;
            }
            std::swap(buffer, queue.buffer);
            waiters = std::exchange(queue.first, nullptr);
            queue.last = nullptr;
            stopping = queue.stopping;
            stats.queue_bytes.set(0);
        }
        beat_ns.store(clock.steady_ns(), std::memory_order_relaxed);
        if (!buffer.empty()) {
            commit(buffer, waiters);
            buffer.clear(kKeptBufferBytes);
        } else if (stopping) {
            return;
        } else if (health.load(std::memory_order_relaxed) == Health::failing) {
            probe();
        }
    }
}

void Journal::Impl::commit(CommitBuffer& buffer, Waiter* waiters) {
    auto const first_seq = appender->tail().seq;
    auto const begin = clock.steady_ns();
    auto const outcome = appender->commit(buffer);
    stats.commit_time.observe_ns(clock.steady_ns() - begin);
    if (outcome) {
        stats.commits.add();
        stats.appended_entries.add(buffer.entries());
        stats.appended_rows.add(buffer.rows());
        stats.appended_bytes.add(buffer.bytes().size());
        health.store(Health::ok, std::memory_order_relaxed);
        publish();
    } else {
        stats.failed_commits.add();
        set_failing(outcome.error());
    }
    complete(waiters, first_seq, outcome);
}

// Tells readers about the new end. Also counts it: logical_end grows by what was appended to the segments.
void Journal::Impl::publish() {
    auto const tail = appender->tail();
    {
        std::lock_guard guard(extent_mutex);
        auto const& last = extent.synced;
        if (extent.held.empty() || tail.segment != extent.held.back().number) {
            extent.held.push_back({tail.segment, extent.logical_end});
        }
        auto const grown = tail.segment == last.segment ? tail.offset - last.offset
                                                        : tail.offset - kSegmentHeaderBytes;
        extent.logical_end += grown;
        extent.synced = tail;
        undelivered.store(extent.logical_end - extent.logical_keep, std::memory_order_relaxed);
        stats.undelivered_bytes.set(undelivered);
        stats.segments.set(extent.held.size());
    }
    extent_moved.notify_all();
}

void Journal::Impl::complete(Waiter* waiters, std::uint64_t first_seq,
                             Result<void> const& outcome) {
    batches.clear();
    while (waiters != nullptr) {
        auto* const waiter = std::exchange(waiters, waiters->next);
        waiter->next = nullptr;
        waiter->stored = outcome.has_value();
        if (outcome)
            waiter->last_seq += first_seq - 1;
        else
            waiter->error = Errc::io;  // also on a full disk: nothing is known about the entry
        auto batch = std::find_if(batches.begin(), batches.end(),
                                  [&](Completed const& b) { return b.mailbox == waiter->mailbox; });
        if (batch == batches.end()) {
            batches.push_back({waiter->mailbox, waiter, waiter});
        } else {
            batch->last->next = waiter;
            batch->last = waiter;
        }
    }
    for (auto const& batch : batches) batch.mailbox->drop(batch.first, batch.last);
}

// Opens a segment if none is open. While failing this is how the journal learns that the disk is back.
void Journal::Impl::probe() {
    auto const prepared = appender->prepare();
    if (!prepared) return set_failing(prepared.error());
    if (health.exchange(Health::ok) == Health::failing)
        log::info("journal accepts", {{"node", appender->node()}});
    publish();
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
    std::lock_guard guard(impl_->extent_mutex);
    return impl_->extent.synced;
}

void Journal::wait_synced(Position seen, std::int64_t steady_deadline_ns) {
    auto const left = std::chrono::nanoseconds(steady_deadline_ns - impl_->clock.steady_ns());
    std::unique_lock guard(impl_->extent_mutex);
    impl_->extent_moved.wait_for(
        guard, left, [&] { return impl_->extent.stopped || impl_->extent.synced > seen; });
}

Position Journal::first() const {
    std::lock_guard guard(impl_->extent_mutex);
    auto const& extent = impl_->extent;
    if (extent.held.empty()) return extent.synced;
    return {extent.held.front().number, kSegmentHeaderBytes, 0};
}

void Journal::release(Position keep_from) {
    auto& impl = *impl_;
    std::vector<std::uint64_t> done;
    {
        std::lock_guard guard(impl.extent_mutex);
        auto& extent = impl.extent;
        keep_from = std::min(keep_from, extent.synced);
        while (extent.held.size() > 1 && extent.held.front().number < keep_from.segment) {
            done.push_back(extent.held.front().number);
            extent.held.pop_front();
        }
        if (!extent.held.empty()) {
            auto const& front = extent.held.front();
            bool const inside =
                front.number == keep_from.segment && keep_from.offset > kSegmentHeaderBytes;
            auto const keep =
                front.logical_begin + (inside ? keep_from.offset - kSegmentHeaderBytes : 0);
            if (keep > extent.logical_keep) impl.full.store(false, std::memory_order_relaxed);
            extent.logical_keep = keep;
        }
        impl.undelivered.store(extent.logical_end - extent.logical_keep, std::memory_order_relaxed);
        impl.stats.undelivered_bytes.set(impl.undelivered);
        impl.stats.segments.set(extent.held.size());
    }
    for (auto number : done) impl.retire(number);
}

void Journal::Impl::retire(std::uint64_t number) {
    auto const path = join_path(options.dir, segment_name(number));
    auto spare = path + ".spare";
    bool const wanted = [&] {
        std::lock_guard guard(extent_mutex);
        return extent.spares.size() < options.spare_segments;
    }();
    // Not under the lock: a slow disk must not hold up those who ask how far the journal has come.
    if (wanted && fs.rename(path, spare)) {
        std::lock_guard guard(extent_mutex);
        extent.spares.push_back(std::move(spare));
        return;
    }
    auto removed = fs.remove(path);
    if (!removed)
        log::warn("could not remove a delivered segment", {{"reason", removed.error().message()}});
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
