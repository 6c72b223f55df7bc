#include "app/drain.hpp"

#include <algorithm>
#include <utility>

#include "journal/chain.hpp"

namespace inlet::app {

Result<std::unique_ptr<Drain>> Drain::start(config::Config const& config, FileSystem& fs,
                                            Clock& clock, Options how) {
    std::unique_ptr<Drain> drain(new Drain);
    TRY(drain->open(config, fs, clock, how));
    return drain;
}

Drain::~Drain() {
    stop();
}

Result<void> Drain::open(config::Config const& config, FileSystem& fs, Clock& clock, Options how) {
    auto const& dir = config.journal.dir;
    timeout_ms_ = how.timeout_ms;
    TRY(auto const chain, journal::read_chain(fs, dir));  // a journal that is not there is not made
    TRY(journal::require_segments(chain, dir));
    first_seq_ = chain.segments.front().header.first_seq;
    TRY(auto const stored, journal::read_lanes(fs, dir));
    auto journal = journal::Journal::open(fs, clock, config.journal, journal::furthest(stored));
    if (!journal) {
        if (journal.error().code == Errc::exists)
            return fail(Errc::exists, dir + ": a server is running there; stop it first");
        return std::move(journal.error());
    }
    journal_ = std::move(journal.value());
    if (wants_aws(config)) {
        TRY(aws_, make_aws(config.aws, clock));
    }
    TRY(auto sinks, make_sinks(config, fs, clock, aws_));
    auto const others = lanes_without_sink(stored, sinks);
    total_bytes_ = journal_->stats().undelivered_bytes.get();
    TRY(delivery_, delivery::Delivery::start(fs, clock, *journal_, std::move(sinks), others,
                                             {.journal_dir = dir,
                                              .quarantine_max_bytes = config.quarantine_max_bytes,
                                              .gives_up_on_hold = how.gives_up_on_hold}));
    remember_counts(stored);
    journal_->stop();  // nothing is appended
    delivery_->flush(how.timeout_ms);
    return success();
}

// The lanes run already: what they count is compared with what their records said before.
void Drain::remember_counts(std::vector<journal::StoredLane> const& stored) {
    for (auto const& lane : delivery_->lanes()) {
        auto const before = std::find_if(stored.begin(), stored.end(),
                                         [&](auto const& one) { return one.name == lane.name; });
        if (before == stored.end() || before->state.node != journal_->node()) continue;
        delivered_before_ += before->state.delivered;
        quarantined_before_ += before->state.quarantined;
    }
}

bool Drain::wait(std::int64_t ms) {
    return delivery_->wait_flushed(ms);
}

void Drain::stop() {
    if (!delivery_ || stopped_) return;
    stopped_ = true;
    // Before it is cancelled, which is no reason.
    for (auto const& lane : delivery_->lanes())
        why_[lane.name] = lane.stats->last_error.with([](auto const& text) { return text; });
    delivery_->stop(0);
}

std::uint64_t Drain::done_bytes() const {
    return total_bytes_ - std::min(total_bytes_, journal_->stats().undelivered_bytes.get());
}

std::uint64_t Drain::sum(Counter delivery::LaneStats::*counter) const {
    std::uint64_t rows = 0;
    for (auto const& lane : delivery_->lanes()) rows += (lane.stats->*counter).get();
    return rows;
}

std::uint64_t Drain::delivered_rows() const {
    return sum(&delivery::LaneStats::delivered) - delivered_before_;
}

std::uint64_t Drain::quarantined_rows() const {
    return sum(&delivery::LaneStats::quarantined) - quarantined_before_;
}

std::vector<Drain::Left> Drain::left() const {
    std::vector<Left> left;
    auto const end_seq = journal_->synced().seq;
    auto const lanes = delivery_->lanes();
    for (auto const& lane : lanes) {
        auto const& stats = *lane.stats;
        if (stats.caught_up.get() != 0) continue;
        auto const cursor_seq = stats.cursor_seq.get();
        auto why = why_.at(lane.name);
        if (why.empty()) why = "not done within " + std::to_string(timeout_ms_) + " ms";
        left.push_back({lane.name, end_seq > cursor_seq ? end_seq - cursor_seq : 0, why});
    }
    if (lanes.empty() && total_bytes_ > 0)
        left.push_back({{}, end_seq - std::min(first_seq_, end_seq), "no sink is enabled"});
    return left;
}

}  // namespace inlet::app
