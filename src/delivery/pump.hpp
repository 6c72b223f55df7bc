// pump.hpp - one lane: journal -> batch -> sink -> cursor. Retry, back-off, quarantine and health are here, once
// for all sinks.
// Delivery is at least once: after a crash between the sink's success and the saved cursor the batch is
// delivered again, under the same plan; the object sinks make that exactly once, because the same plan yields the
// same objects. Of a batch that got through in part only the rest is sent again, and the cursor moves over the
// entries in front that are done.
// Threads:  step() from the lane's own thread, or a test's; stats() from any.
// Errors:   none leave: what fails is counted, logged when the state changes, and tried again without end.
// Order:    plan saved -> delivered, refused rows in quarantine -> cursor saved -> segments released. Nothing is
//           released that a crash could still need.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "delivery/backoff.hpp"
#include "delivery/batcher.hpp"
#include "delivery/lane_stats.hpp"
#include "journal/lane_state.hpp"
#include "journal/quarantine.hpp"
#include "journal/slot_file.hpp"
#include "sink/sink.hpp"

namespace inlet::delivery {

class Pump {
  public:
    struct Options {
        std::string journal_dir;
        std::string node;  // that the journal writes under now: the one that stats() speak of
        journal::Position first = {};  // the oldest place that is still there
        Backoff::Options backoff = {};
        std::uint64_t quarantine_max_bytes = 64 << 20;
    };

    // Loads the lane's state. Errors: io, corrupt, full (the state file cannot be created).
    static Result<std::unique_ptr<Pump>> open(FileSystem& fs, Clock& clock, sink::Sink& sink,
                                              Options options);

    // Does all that can be done now with what is synced before `limit`. With `flush` an open batch is
    // delivered without waiting for it to fill. Returns the steady time (ms) before which another call is of no
    // use unless the limit moves or a flush is wanted.
    std::int64_t step(journal::Position limit, bool flush);

    // Nothing before this place is needed any more; durable.
    [[nodiscard]] journal::Position keep_from() const { return keep_from_; }
    // Nothing is waiting before `limit`.
    [[nodiscard]] bool caught_up() const { return stats_.caught_up.get() != 0; }

    [[nodiscard]] std::string_view name() const { return sink_.name(); }
    [[nodiscard]] std::string_view type() const { return sink_.type(); }
    [[nodiscard]] LaneStats const& stats() const { return stats_; }

  private:
    enum class Progress : std::uint8_t { none, some, all };  // of the batch under way

    // A batch that was taken and is not delivered wholly.
    struct UnderWay {
        Range range;
        std::optional<sink::RowSet> remaining = std::nullopt;  // nothing: all rows
        std::vector<std::uint64_t> quarantined = {};           // seqs, ascending
        bool is_handled = false;  // only the cursor remains to be saved
    };

    Pump(FileSystem& fs, Clock& clock, sink::Sink& sink, Options options, journal::SlotFile file,
         journal::LaneState state);

    [[nodiscard]] bool ripe(Range const& range) const;
    Result<bool> find_batch(journal::Position limit, bool flush);
    Result<void> pass_over(bool at_once);
    Result<void> redo_plan();
    Result<void> pass_segments();
    bool is_cut_short(Range const& range) const;
    Result<Progress> deliver();
    Result<Progress> bring_to_sink();
    void recount();
    Result<void> save_plan(Range const& range);
    void keep_remaining(sink::RowSet remaining);
    void set_aside(sink::Delivered& done);
    Result<void> set_aside(sink::RowStream& rows, sink::Refused const& why);
    Result<void> advance_over_done();
    Result<void> finish(Range const& range, std::uint64_t quarantined);
    Result<void> save(journal::LaneState state);
    std::int64_t fail_and_wait(Error const& error);
    void recovered();
    void count(sink::Delivered const& done);
    void publish_counts();
    void publish_rest();

    FileSystem& fs_;
    Clock& clock_;
    sink::Sink& sink_;
    Options options_;
    RowFilter filter_;
    journal::Quarantine quarantine_;
    journal::SlotFile file_;
    journal::LaneState state_;
    std::optional<Batcher> batcher_;
    std::optional<UnderWay> under_way_;
    std::int64_t opened_ms_ = 0;  // steady time at which the open batch got its first row
    std::int64_t saved_ms_ = 0;   // steady time at which the cursor was saved
    std::int64_t retry_at_ms_ = 0;
    Backoff backoff_;
    std::optional<Errc> failing_;  // why the last try failed
    journal::Position keep_from_;
    LaneStats stats_;
};

}  // namespace inlet::delivery
