#include "delivery/pump.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "delivery/journal_rows.hpp"

namespace inlet::delivery {
namespace {

// An idle lane looks again this often; the thread above wakes it earlier when something was committed.
constexpr std::int64_t kIdleMs = 1'000;

std::uint64_t seed_of(std::string_view name) {
    return std::hash<std::string_view>()(name);
}

}  // namespace

Result<std::unique_ptr<Pump>> Pump::open(FileSystem& fs, Clock& clock, sink::Sink& sink,
                                         Options options) {
    auto const file_name = journal::lane_file_name(sink.name());
    TRY(auto file, journal::SlotFile::open(fs, options.journal_dir, file_name));
    journal::LaneState state;
    if (!file.record().empty()) {
        TRY(state, journal::decode_lane_state(file.record()));
    }
    return std::unique_ptr<Pump>(
        new Pump(fs, clock, sink, std::move(options), std::move(file), std::move(state)));
}

Pump::Pump(FileSystem& fs, Clock& clock, sink::Sink& sink, Options options, journal::SlotFile file,
           journal::LaneState state)
    : fs_(fs),
      clock_(clock),
      sink_(sink),
      options_(std::move(options)),
      file_(std::move(file)),
      state_(std::move(state)),
      backoff_(options_.backoff, seed_of(sink.name())),
      keep_from_(state_.cursor) {
    // A lane that was detached goes on with what is still there; that it missed rows is no damage.
    auto start = state_.cursor;
    if (state_.is_detached && start < options_.first) start = options_.first;
    batcher_.emplace(fs_, options_.journal_dir, start, sink_.roll());
    publish_counts();
}

std::int64_t Pump::step(journal::Position limit, bool flush) {
    for (;;) {
        auto const now = clock_.steady_ms();
        if (now < retry_at_ms_) return retry_at_ms_;
        if (!current_) {
            auto const found = find_batch(limit, flush);
            if (!found) return fail_and_wait(found.error());
            if (!found.value()) {
                auto const* open = batcher_->open();
                caught_up_ = open == nullptr;
                if (caught_up_) keep_from_ = batcher_->begin();
                stats_.oldest_received_ms.set(
                    open ? static_cast<std::uint64_t>(open->first_received_ms) : 0);
                return open ? opened_ms_ + sink_.roll().max_age_ms : now + kIdleMs;
            }
        }
        caught_up_ = false;
        stats_.oldest_received_ms.set(static_cast<std::uint64_t>(current_->first_received_ms));
        auto const delivered = deliver(*current_);
        if (!delivered) return fail_and_wait(delivered.error());
        current_.reset();
        recovered();
    }
}

Result<bool> Pump::find_batch(journal::Position limit, bool flush) {
    if (state_.plan) {
        TRY(redo_plan());
        if (current_) return true;
    }
    bool const was_open = batcher_->open() != nullptr;
    TRY(auto complete, batcher_->fill(limit));
    auto const* open = batcher_->open();
    if (open == nullptr) return false;
    if (!was_open) opened_ms_ = clock_.steady_ms();
    if (!complete && !flush && !ripe(*open)) return false;
    current_ = batcher_->take();
    if (batcher_->open() != nullptr) opened_ms_ = clock_.steady_ms();
    return true;
}

// By the wall clock, so that rows which waited for a restart go at once, and by the steady one, so that a wall
// clock that was set back cannot hold them.
bool Pump::ripe(Range const& range) const {
    auto const age = sink_.roll().max_age_ms;
    return clock_.unix_ms() - range.first_received_ms >= age ||
           clock_.steady_ms() - opened_ms_ >= age;
}

// A batch was planned before the last stop. Its objects may be there in part, so it is delivered as planned.
Result<void> Pump::redo_plan() {
    Batcher exact(fs_, options_.journal_dir, state_.cursor, sink_.roll());
    TRY(auto whole, exact.fill_exactly(state_.plan->end));
    if (whole) {
        current_ = exact.take();
        batcher_.emplace(fs_, options_.journal_dir, state_.plan->end, sink_.roll());
        return success();
    }
    // Only a journal that lost its end (a restored copy) gets here; what is left is delivered as new batches.
    log::error("rows of a planned batch are gone from the journal",
               {{"lane", sink_.name()},
                {"first_seq", state_.plan->first_seq},
                {"last_seq", state_.plan->last_seq}});
    auto state = state_;
    state.plan.reset();
    return save(std::move(state));
}

Result<void> Pump::deliver(Range const& range) {
    if (!state_.plan) {
        auto text = sink_.plan(range.batch());
        if (!text.empty()) {
            auto planned = state_;
            planned.plan =
                journal::Plan{range.end, range.first_seq, range.last_seq, std::move(text)};
            TRY(save(std::move(planned)));
        }
    }
    JournalRows rows(fs_, options_.journal_dir, range);
    TRY(auto done,
        sink_.deliver(range.batch(), state_.plan ? std::string_view(state_.plan->text) : "", rows));
    if (!done.remaining.empty()) return fail(Errc::unavailable, "some rows remain");

    auto state = state_;
    if (state.node != range.node) {
        state = {};  // another node counts from 1
        state.node = range.node;
    }
    state.cursor = range.end;
    state.delivered += range.rows;
    state.damaged += range.damaged;
    state.is_detached = false;
    // The rest was there before this lane, or while it was detached.
    state.detached = range.end.seq - 1 - state.delivered - state.quarantined - state.damaged;
    state.plan.reset();
    TRY(save(std::move(state)));
    keep_from_ = range.end;

    stats_.batches.add();
    stats_.delivered_bytes.add(range.bytes);
    stats_.sent_bytes.add(done.bytes_sent);
    stats_.objects.add(done.objects);
    stats_.objects_already_present.add(done.already_present);
    return success();
}

Result<void> Pump::save(journal::LaneState state) {
    TRY(file_.replace(journal::encode(state)));
    state_ = std::move(state);
    publish_counts();
    return success();
}

std::int64_t Pump::fail_and_wait(Error const& error) {
    stats_.failures.add();
    auto message = error.message();
    bool const first = stats_.failing.get() == 0;
    auto const wait_ms = backoff_.next_ms();
    if (first) {
        // What does not go away by waiting needs somebody to look at it.
        bool const alarming = error.code == Errc::corrupt || error.code == Errc::rejected;
        (alarming ? log::error : log::warn)("delivery fails, trying again",
                                            {{"lane", sink_.name()}, {"reason", message}});
    }
    stats_.failing.set(1);
    stats_.last_error.with([&](std::string& text) { text = std::move(message); });
    retry_at_ms_ = clock_.steady_ms() + wait_ms;
    return retry_at_ms_;
}

void Pump::recovered() {
    backoff_.reset();
    retry_at_ms_ = 0;
    if (stats_.failing.get() == 0) return;
    stats_.failing.set(0);
    stats_.last_error.with([](std::string& text) { text.clear(); });
    log::info("delivery works again", {{"lane", sink_.name()}});
}

void Pump::publish_counts() {
    // While the cursor is still in the rows of an earlier node, nothing of the present one is handled.
    auto const counts = state_.node == options_.node ? state_ : journal::LaneState{};
    stats_.delivered.set(counts.delivered);
    stats_.quarantined.set(counts.quarantined);
    stats_.detached.set(counts.detached);
    stats_.damaged.set(counts.damaged);
    stats_.cursor_seq.set(std::max<std::uint64_t>(1, counts.cursor.seq));
}

}  // namespace inlet::delivery
