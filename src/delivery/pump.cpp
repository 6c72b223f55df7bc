#include "delivery/pump.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "delivery/journal_rows.hpp"
#include "event/row.hpp"
#include "journal/detach.hpp"
#include "journal/reader.hpp"

namespace inlet::delivery {
namespace {

// An idle lane looks again this often; the thread above wakes it earlier when something was committed.
constexpr std::int64_t kIdleMs = 1'000;

// A cursor that moves only over rows of other types is saved this often, and at each new segment.
constexpr std::int64_t kPassMs = 5'000;

std::uint64_t seed_of(std::string_view name) {
    return std::hash<std::string_view>()(name);
}

}  // namespace

Result<std::unique_ptr<Pump>> Pump::open(FileSystem& fs, Clock& clock, sink::Sink& sink,
                                         Options options) {
    auto const file_name = journal::lane_file_name(sink.name());
    TRY(auto file, journal::SlotFile::open(fs, options.journal_dir, file_name));
    if (file.is_damaged()) {
        log::error("the lane's record is damaged: it brings again what is still in the journal",
                   {{"lane", sink.name()}, {"file", join_path(options.journal_dir, file_name)}});
    }
    journal::LaneState state;
    if (!file.record().empty()) {
        TRY(state, journal::decode_lane_state(file.record()));
    }
    // Before anything is acknowledged that this lane is to bring: the sink may be gone at the next start.
    if (state.is_detached) {
        TRY(state, journal::attach(fs, options.journal_dir, std::move(state), options.first));
        TRY(file.replace(journal::encode(state)));
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
      filter_(RowFilter::of_type(sink.type())),
      quarantine_(fs, options_.journal_dir, options_.quarantine_max_bytes),
      file_(std::move(file)),
      state_(std::move(state)),
      saved_ms_(clock.steady_ms()),
      backoff_(options_.backoff, seed_of(sink.name())),
      keep_from_(state_.cursor) {
    batcher_.emplace(fs_, options_.journal_dir, state_.cursor, sink_.roll(), filter_);
    publish_counts();
}

std::int64_t Pump::step(journal::Position limit, bool flush) {
    for (;;) {
        auto const now = clock_.steady_ms();
        if (now < retry_at_ms_) return retry_at_ms_;
        if (!under_way_) {
            auto const found = find_batch(limit, flush);
            if (!found) return fail_and_wait(found.error());
            if (!found.value()) {
                publish_rest();
                auto const* open = batcher_->open();
                return open ? opened_ms_ + sink_.roll().max_age_ms : now + kIdleMs;
            }
        }
        stats_.caught_up.set(0);
        stats_.oldest_received_ms.set(
            static_cast<std::uint64_t>(under_way_->range.first_received_ms));
        auto const delivered = deliver();
        if (!delivered) return fail_and_wait(delivered.error());
        // A sink that only waits for its turn has shown nothing: what failed before still fails.
        if (delivered.value() != Progress::none) recovered();
        if (delivered.value() == Progress::all) under_way_.reset();
    }
}

Result<bool> Pump::find_batch(journal::Position limit, bool flush) {
    if (state_.plan) {
        TRY(redo_plan());
        if (under_way_) return true;
    }
    for (;;) {
        bool const was_open = batcher_->open() != nullptr;
        TRY(auto const complete, batcher_->fill(limit));
        auto const* open = batcher_->open();
        if (open == nullptr) {
            TRY(pass_over(complete || flush));
            if (complete) continue;  // behind what was passed something else begins
            return false;
        }
        if (!was_open) opened_ms_ = clock_.steady_ms();
        if (!complete && !flush && !ripe(*open)) return false;
        under_way_.emplace(UnderWay{batcher_->take()});
        if (batcher_->open() != nullptr) opened_ms_ = clock_.steady_ms();
        return true;
    }
}

// Moves the cursor over entries that hold nothing for this lane: rarely, as nothing depends on it but the
// release of segments.
Result<void> Pump::pass_over(bool at_once) {
    auto const* passed = batcher_->passed();
    if (passed == nullptr) return pass_segments();
    bool const due = at_once || passed->end.segment != state_.cursor.segment ||
                     clock_.steady_ms() - saved_ms_ >= kPassMs;
    if (!due) return success();
    TRY(finish(*passed, 0));
    batcher_->take();
    return success();
}

// Segments without entries, of commits that failed, hold what the header behind them cuts off. Before that one is
// released the record has to stand behind them, or the next start would read there what was refused.
Result<void> Pump::pass_segments() {
    auto const gap = batcher_->gap();
    if (!gap || gap->end.segment == state_.cursor.segment) return success();
    TRY(finish(*gap, 0));
    batcher_->take_gap();
    return success();
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
    Batcher exact(fs_, options_.journal_dir, state_.cursor, sink_.roll(), filter_);
    TRY(auto whole, exact.fill_exactly(state_.plan->end));
    std::optional<Range> range;
    if (whole) range = exact.take();
    if (range && !is_cut_short(*range)) {
        under_way_.emplace(UnderWay{std::move(*range)});
        // Named as planned, also if its first or last row is damaged by now.
        under_way_->range.first_seq = state_.plan->first_seq;
        under_way_->range.last_seq = state_.plan->last_seq;
        batcher_.emplace(fs_, options_.journal_dir, state_.plan->end, sink_.roll(), filter_);
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

// In a copy of the journal that is older than the plan, what was written later looks like damage, and a new node has
// begun. Fewer rows must not be published under the names of all.
bool Pump::is_cut_short(Range const& range) const {
    return range.node != options_.node && range.last_seq < state_.plan->last_seq;
}

// Unless the batch is done, the sink wants to go on with the rest after retry_at_ms_.
Result<Pump::Progress> Pump::deliver() {
    if (!under_way_->is_handled) {
        TRY(auto const progress, bring_to_sink());
        if (progress != Progress::all) return progress;
        // A cursor that cannot be saved now must not cost another delivery with each try.
        under_way_->is_handled = true;
    }
    TRY(finish(under_way_->range, under_way_->quarantined.size()));
    stats_.batches.add();
    return Progress::all;
}

Result<Pump::Progress> Pump::bring_to_sink() {
    auto& range = under_way_->range;
    TRY(save_plan(range));
    auto const* only = under_way_->remaining ? &*under_way_->remaining : nullptr;
    JournalRows rows(fs_, options_.journal_dir, range, filter_, only);
    auto const plan = state_.plan ? std::string_view(state_.plan->text) : std::string_view();
    auto delivered = sink_.deliver(range.batch(), plan, rows);
    if (rows.came_up_short()) {
        if (delivered) count(delivered.value());
        recount();
        return rows_are_gone();
    }
    TRY(auto done, std::move(delivered));
    count(done);
    set_aside(done);
    if (done.remaining.empty()) return Progress::all;
    CHECK(!state_.plan);  // what is planned is delivered as a whole
    auto const progress = done.rows > 0 || !done.refused.empty() ? Progress::some : Progress::none;
    keep_remaining(std::move(done.remaining));
    TRY(advance_over_done());
    if (done.error) return std::move(*done.error);
    retry_at_ms_ = clock_.steady_ms() + done.wait_ms;
    return progress;
}

// Rows of the batch have been damaged since they were counted: it is read anew, as after a restart.
void Pump::recount() {
    under_way_.reset();
    batcher_.emplace(fs_, options_.journal_dir, state_.cursor, sink_.roll(), filter_);
}

Result<void> Pump::save_plan(Range const& range) {
    if (state_.plan) return success();
    auto text = sink_.plan(range.batch());
    if (text.empty()) return success();
    auto planned = state_;
    planned.plan = journal::Plan{range.end, range.first_seq, range.last_seq, std::move(text)};
    return save(std::move(planned));
}

// "All from here on" is said of the rows that were handed over: what had arrived before is not among them.
void Pump::keep_remaining(sink::RowSet remaining) {
    if (auto const& before = under_way_->remaining; before && remaining.from < before->from) {
        auto const& seqs = before->seqs;
        remaining.seqs.insert(remaining.seqs.end(),
                              std::lower_bound(seqs.begin(), seqs.end(), remaining.from),
                              seqs.end());
        remaining.from = before->from;
    }
    under_way_->remaining = std::move(remaining);
}

// A refused row that cannot be set aside remains, and with it the batch.
void Pump::set_aside(sink::Delivered& done) {
    sink::RowSet refused;
    for (auto const& row : done.refused) refused.seqs.push_back(row.seq);
    if (refused.empty()) return;
    JournalRows rows(fs_, options_.journal_dir, under_way_->range, filter_, &refused);
    auto& aside = under_way_->quarantined;
    for (auto const& why : done.refused) {
        auto const kept = set_aside(rows, why);
        if (kept) {
            aside.insert(std::upper_bound(aside.begin(), aside.end(), why.seq), why.seq);
            continue;
        }
        auto& seqs = done.remaining.seqs;
        seqs.insert(std::upper_bound(seqs.begin(), seqs.end(), why.seq), why.seq);
        done.error = kept.error();
    }
}

Result<void> Pump::set_aside(sink::RowStream& rows, sink::Refused const& why) {
    sink::Row row;
    TRY(auto const more, rows.next(row));
    if (!more || row.seq != why.seq) return rows_are_gone();
    TRY(quarantine_.put({std::string(sink_.name()), under_way_->range.node, row.seq, why.reason,
                         iso_time(clock_.unix_ms()), std::string(row.line)}));
    log::error("row set aside, see `inlet quarantine ls`",
               {{"lane", sink_.name()}, {"seq", row.seq}, {"reason", why.reason}});
    return success();
}

// Of a batch that is done in part the entries in front need not be sent again after a crash.
Result<void> Pump::advance_over_done() {
    auto& range = under_way_->range;
    if (range.damaged > 0)
        return success();  // rare, and then where it belongs is not worth knowing
    auto const first_left = under_way_->remaining->first();
    Range done = range;
    done.rows = done.bytes = done.others = 0;
    done.end = done.begin;
    bool is_damaged = false;
    journal::Reader reader(fs_, options_.journal_dir, range.begin,
                           [&](journal::Damage const&) { is_damaged = true; });
    journal::Entry entry;
    for (;;) {
        TRY(auto const found, reader.next(range.end, entry));
        if (!found || is_damaged) {
            // The first row that is left is in the range, and nothing was damaged when it was counted.
            recount();
            return rows_are_gone();
        }
        bool const takes = filter_.takes(entry);
        if (takes && entry.first_seq + entry.rows > first_left) break;
        done.end = entry.end;
        (takes ? done.rows : done.others) += entry.rows;
        if (takes) done.bytes += entry.text.size() + entry.rows * event::kMaxStampBytes;
    }
    if (done.end == done.begin) return success();
    auto& aside = under_way_->quarantined;
    auto const aside_end = std::lower_bound(aside.begin(), aside.end(), entry.first_seq);
    TRY(finish(done, static_cast<std::uint64_t>(aside_end - aside.begin())));
    aside.erase(aside.begin(), aside_end);
    range.begin = done.end;
    range.first_seq = entry.first_seq;
    range.first_received_ms = entry.received_at_ms;
    range.rows -= done.rows;
    range.bytes -= done.bytes;
    range.others -= done.others;
    stats_.oldest_received_ms.set(static_cast<std::uint64_t>(range.first_received_ms));
    return success();
}

// All of the range is handled: the cursor moves behind it.
Result<void> Pump::finish(Range const& range, std::uint64_t quarantined) {
    auto state = state_;
    if (state.node != range.node) {
        state = {};  // another node counts from 1
        state.node = range.node;
    }
    state.cursor = range.end;
    state.delivered += range.rows - quarantined;
    state.quarantined += quarantined;
    state.damaged += range.damaged;
    state.other_types += range.others;
    // The rest was there before this lane, or while it was detached.
    state.detached =
        range.end.seq - 1 - state.delivered - state.quarantined - state.damaged - state.other_types;
    state.plan.reset();
    TRY(save(std::move(state)));
    saved_ms_ = clock_.steady_ms();
    keep_from_ = range.end;
    stats_.delivered_bytes.add(range.bytes);
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
    bool const hold = Backoff::is_hold(error.code);
    if (failing_ != error.code) {
        (hold ? log::error : log::warn)("delivery fails, trying again",
                                        {{"lane", sink_.name()}, {"reason", message}});
    }
    failing_ = error.code;
    retry_at_ms_ = clock_.steady_ms() + backoff_.next_ms(error.code);
    stats_.holding.set(hold ? 1 : 0);
    stats_.last_error.with([&](std::string& text) { text = std::move(message); });
    stats_.failing.set(1);  // last: who sees it finds the reason too
    return retry_at_ms_;
}

void Pump::recovered() {
    backoff_.reset();
    if (!failing_) return;
    failing_.reset();
    stats_.failing.set(0);
    stats_.holding.set(0);
    stats_.last_error.with([](std::string& text) { text.clear(); });
    log::info("delivery works again", {{"lane", sink_.name()}});
}

void Pump::count(sink::Delivered const& done) {
    stats_.requests.add(done.requests);
    stats_.retried.add(done.retried);
    stats_.maybe_duplicated.add(done.maybe_duplicated);
    stats_.throttled.add(done.throttled);
    stats_.sent_bytes.add(done.bytes_sent);
    stats_.billed_bytes.add(done.bytes_billed);
    stats_.objects.add(done.objects);
    stats_.objects_already_present.add(done.already_present);
}

void Pump::publish_counts() {
    show(stats_, state_, options_.node);
}

// With no batch ready: what waits, and how far the lane has looked.
void Pump::publish_rest() {
    auto const* open = batcher_->open();
    stats_.oldest_received_ms.set(open ? static_cast<std::uint64_t>(open->first_received_ms) : 0);
    stats_.caught_up.set(open == nullptr ? 1 : 0);
    if (open != nullptr) return;
    auto const* passed = batcher_->passed();
    if (passed == nullptr) {
        keep_from_ = batcher_->begin();
        return;
    }
    if (passed->node != options_.node || state_.node != options_.node) return;
    stats_.other_types.set(state_.other_types + passed->others);
    stats_.damaged.set(state_.damaged + passed->damaged);
    stats_.cursor_seq.set(passed->end.seq);
}

}  // namespace inlet::delivery
