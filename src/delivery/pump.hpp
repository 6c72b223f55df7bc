// pump.hpp - one lane: journal -> batch -> sink -> cursor. Retry, back-off and health are here, once for all sinks.
// Delivery is at least once: after a crash between the sink's success and the saved cursor the batch is
// delivered again, under the same plan; the object sinks make that exactly once, because the same plan yields the
// same objects.
// Threads:  step() from the lane's own thread, or a test's; stats() from any.
// Errors:   none leave: what fails is counted, logged when the state changes, and tried again without end.
// Order:    plan saved -> delivered -> cursor saved -> segments released. Nothing is released that a crash could
//           still need.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/counter.hpp"
#include "base/file.hpp"
#include "base/guarded.hpp"
#include "delivery/backoff.hpp"
#include "delivery/batcher.hpp"
#include "journal/lane_state.hpp"
#include "journal/slot_file.hpp"
#include "sink/sink.hpp"

namespace inlet::delivery {

struct LaneStats {
    // Of the rows of the journal's present node, all time; with what is pending they add up to the rows accepted.
    Counter delivered;
    Counter quarantined;
    Counter detached;
    Counter damaged;
    Counter cursor_seq;  // gauge: the next row to deliver
    // Since the start.
    Counter batches;
    Counter failures;
    Counter delivered_bytes;  // of the rows
    Counter sent_bytes;       // as they went out
    Counter objects;
    Counter objects_already_present;
    Counter
        oldest_received_ms;  // gauge: Unix time of the oldest row not delivered; 0: there is none
    Counter failing;         // gauge: 1 while the last try failed
    Guarded<std::string> last_error;  // empty while all is well
};

class Pump {
  public:
    struct Options {
        std::string journal_dir;
        std::string node;  // that the journal writes under now: the one that stats() speak of
        journal::Position first = {};  // the oldest place that is still there
        Backoff::Options backoff = {};
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
    [[nodiscard]] bool caught_up() const { return caught_up_; }
    // Rows are waiting in an open batch.
    [[nodiscard]] bool filling() const { return batcher_->open() != nullptr; }

    [[nodiscard]] std::string_view name() const { return sink_.name(); }
    [[nodiscard]] LaneStats const& stats() const { return stats_; }

  private:
    Pump(FileSystem& fs, Clock& clock, sink::Sink& sink, Options options, journal::SlotFile file,
         journal::LaneState state);

    [[nodiscard]] bool ripe(Range const& range) const;
    Result<bool> find_batch(journal::Position limit, bool flush);
    Result<void> deliver(Range const& range);
    Result<void> save(journal::LaneState state);
    Result<void> redo_plan();
    std::int64_t fail_and_wait(Error const& error);
    void recovered();
    void publish_counts();

    FileSystem& fs_;
    Clock& clock_;
    sink::Sink& sink_;
    Options options_;
    journal::SlotFile file_;
    journal::LaneState state_;
    std::optional<Batcher> batcher_;
    std::optional<Range> current_;  // taken, and not delivered yet
    std::int64_t opened_ms_ = 0;    // steady time at which the open batch got its first row
    std::int64_t retry_at_ms_ = 0;
    Backoff backoff_;
    journal::Position keep_from_;
    bool caught_up_ = false;
    LaneStats stats_;
};

}  // namespace inlet::delivery
