#include "delivery/delivery.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <list>
#include <mutex>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <thread>
#include <utility>

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "base/log.hpp"
#include "delivery/retention.hpp"

namespace inlet::delivery {
namespace {

// How often a lane with an open batch looks whether it is full: between commits and the roll by age.
constexpr std::int64_t kLookMs = 100;
constexpr int kLaneNice = 10;
constexpr std::uint64_t kLaneSliceNs = 100'000;  // the least that Linux takes (sched_setattr(2))

// As sched_setattr(2) takes it, version 0; glibc 2.36 has neither this nor the call.
struct SchedulingAttributes {
    std::uint32_t size = sizeof(SchedulingAttributes);
    std::uint32_t policy = SCHED_OTHER;
    std::uint64_t flags = 0;
    std::int32_t nice = 0;
    std::uint32_t priority = 0;
    std::uint64_t runtime_ns = 0;  // of SCHED_OTHER: the slice that is asked for, since Linux 6.12
    std::uint64_t deadline_ns = 0;
    std::uint64_t period_ns = 0;
};

// Delivery can wait, requests cannot: where cores are short, compressing must not delay a commit. A low priority alone
// leaves a thread its slice, some milliseconds, before one that wakes gets its turn; hence the shortest slice too.
void give_way() {
    SchedulingAttributes const how = {.nice = kLaneNice, .runtime_ns = kLaneSliceNs};
    if (::syscall(SYS_sched_setattr, 0, &how, 0) == 0) return;
    (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), kLaneNice);
}

// "firehose" and "firehose-track" are lanes of the sink "firehose".
bool belongs_to(std::string_view lane, std::string_view sink) {
    return !sink.empty() && lane.starts_with(sink) &&
           (lane.size() == sink.size() || lane[sink.size()] == '-');
}

struct Lane {
    std::unique_ptr<sink::Sink> sink;
    std::unique_ptr<Pump> pump;
    std::size_t retained;  // its number in Retention
    std::thread thread;
};

// A lane that the journal's folder knows and that has no sink.
struct HeldLane {
    explicit HeldLane(std::string n) : name(std::move(n)) {}
    std::string name;
    LaneStats stats;
};

}  // namespace

struct Delivery::Impl {
    Clock& clock;
    journal::Journal& journal;
    Options const options;
    Retention retention{journal};
    std::vector<Lane> lanes = {};
    std::list<HeldLane> held = {};

    std::mutex mutex = {};
    std::condition_variable stop_asked = {};
    std::condition_variable lane_ended = {};
    bool stopping = false;        // guarded by mutex
    std::size_t running = 0;      // lanes; guarded by mutex
    std::int64_t stop_at_ms = 0;  // guarded by mutex

    void run(std::size_t index);
    void pump_until_stopped(std::size_t index);
    void flush(Pump& pump);
    void show_held(journal::StoredLane const& lane);
    bool sleep_until(std::int64_t steady_ms);
};

Delivery::Delivery(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Delivery::~Delivery() {
    stop(0);
}

Result<std::unique_ptr<Delivery>> Delivery::start(FileSystem& fs, Clock& clock,
                                                  journal::Journal& journal,
                                                  std::vector<std::unique_ptr<sink::Sink>> sinks,
                                                  std::vector<journal::StoredLane> const& others,
                                                  Options const& options) {
    std::unique_ptr<Impl> impl(new Impl{clock, journal, options});
    for (auto& sink : sinks) {
        TRY(auto pump, Pump::open(fs, clock, *sink,
                                  {.journal_dir = options.journal_dir,
                                   .node = journal.node(),
                                   .first = journal.first(),
                                   .backoff = options.backoff,
                                   .quarantine_max_bytes = options.quarantine_max_bytes}));
        auto const retained = impl->retention.add(pump->keep_from());
        impl->lanes.push_back({std::move(sink), std::move(pump), retained, {}});
    }
    for (auto const& lane : others) {
        TRY(bool const is_held, impl->retention.hold(fs, options.journal_dir, lane));
        if (is_held) impl->show_held(lane);
    }
    // What was delivered before the last stop does not count as undelivered until something moves.
    impl->retention.begin();
    impl->running = impl->lanes.size();
    for (std::size_t i = 0; i < impl->lanes.size(); ++i) {
        impl->lanes[i].thread = std::thread([raw = impl.get(), i] { raw->run(i); });
    }
    return std::unique_ptr<Delivery>(new Delivery(std::move(impl)));
}

void Delivery::stop(std::int64_t deadline_ms) {
    flush(deadline_ms);
    (void)wait_flushed(deadline_ms);
    // A call to a destination may take longer than the deadline; what it brings about is not known then.
    for (auto& lane : impl_->lanes) lane.sink->cancel();
    for (auto& lane : impl_->lanes) {
        if (lane.thread.joinable()) lane.thread.join();
    }
}

void Delivery::flush(std::int64_t deadline_ms) {
    {
        std::lock_guard guard(impl_->mutex);
        impl_->stopping = true;
        impl_->stop_at_ms = impl_->clock.steady_ms() + deadline_ms;
    }
    impl_->stop_asked.notify_all();
}

bool Delivery::wait_flushed(std::int64_t ms) {
    std::unique_lock guard(impl_->mutex);
    return impl_->lane_ended.wait_for(guard, std::chrono::milliseconds(ms),
                                      [&] { return impl_->running == 0; });
}

std::vector<Delivery::LaneView> Delivery::lanes() const {
    std::vector<LaneView> views;
    for (auto const& lane : impl_->lanes)
        views.push_back({std::string(lane.pump->name()), &lane.pump->stats()});
    for (auto const& lane : impl_->held) views.push_back({lane.name, &lane.stats});
    return views;
}

void Delivery::Impl::show_held(journal::StoredLane const& lane) {
    auto& held_lane = held.emplace_back(lane.name);
    show(held_lane.stats, lane.state, journal.node());
    auto const synced = journal.synced();
    bool const is_empty =
        (lane.state.node == journal.node() && lane.state.cursor.seq >= synced.seq) ||
        !(journal.first() < synced);
    held_lane.stats.caught_up.set(is_empty ? 1 : 0);
    held_lane.stats.holding.set(1);
    held_lane.stats.last_error.with([](std::string& text) {
        text = "no sink is enabled for this lane; `inlet sink detach` gives its rows up";
    });
}

void Delivery::Impl::run(std::size_t index) {
    auto const name = "sink-" + std::string(lanes[index].pump->name());
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    give_way();
    try {
        pump_until_stopped(index);
    } catch (std::exception const& error) {
        // Only a library can get here (out of memory). The rows are safe in the journal; a restart goes on.
        log::error("lane ended", {{"lane", lanes[index].pump->name()}, {"reason", error.what()}});
    }
    {
        std::lock_guard guard(mutex);
        --running;
    }
    lane_ended.notify_all();
}

void Delivery::Impl::pump_until_stopped(std::size_t index) {
    auto& lane = lanes[index];
    auto& pump = *lane.pump;
    bool const awaited = belongs_to(pump.name(), options.awaited_sink);
    for (;;) {
        auto const limit = journal.synced();
        auto const wake_ms = pump.step(limit, false);
        retention.moved(lane.retained, pump.keep_from());
        if (awaited) options.on_awaited_round(pump.type(), pump.stats().cursor_seq.get());
        bool stop = false;
        if (pump.caught_up()) {
            journal.wait_synced(limit, wake_ms * 1'000'000);
            stop = sleep_until(0);
        } else {
            stop = sleep_until(std::min(wake_ms, clock.steady_ms() + kLookMs));
        }
        if (stop) break;
    }
    flush(pump);
    retention.moved(lane.retained, pump.keep_from());
}

void Delivery::Impl::flush(Pump& pump) {
    auto const limit = journal.synced();
    std::int64_t const deadline = [&] {
        std::lock_guard guard(mutex);
        return stop_at_ms;
    }();
    for (;;) {
        auto const wake_ms = pump.step(limit, true);
        bool const is_hopeless = options.gives_up_on_hold && pump.stats().holding.get() != 0;
        if (pump.caught_up() || is_hopeless || wake_ms >= deadline) return;
        auto const left = std::max<std::int64_t>(0, wake_ms - clock.steady_ms());
        std::this_thread::sleep_for(std::chrono::milliseconds(left));
    }
}

// True when stop was asked for.
bool Delivery::Impl::sleep_until(std::int64_t steady_ms) {
    std::unique_lock guard(mutex);
    auto const left =
        std::chrono::milliseconds(std::max<std::int64_t>(0, steady_ms - clock.steady_ms()));
    return stop_asked.wait_for(guard, left, [&] { return stopping; });
}

}  // namespace inlet::delivery
