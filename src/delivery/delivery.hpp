// delivery.hpp - all lanes: one thread and one pump per sink, and the release of what every lane has delivered.
// Threads:   one per sink ("sink-<name>"); the constructor, stop() and the destructor from the main thread.
// Ownership: owns the pumps; the journal and the sinks must outlive it.
// Bounds:    a lane holds one batch under way and no rows of its own. A dead lane slows no other until the journal
//            reaches max_bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "delivery/pump.hpp"
#include "journal/journal.hpp"
#include "sink/sink.hpp"

namespace inlet::delivery {

class Delivery {
  public:
    struct Options {
        std::string journal_dir;
        Backoff::Options backoff = {};
        std::uint64_t quarantine_max_bytes = 64 << 20;
        // Whether flush() gives a lane up once it holds, which waiting does not mend.
        bool gives_up_on_hold = true;
        // The sink that requests wait for, if they do. Its lane, or each of its lanes ("firehose-track"), tells after
        // each round which row comes next. Called on the lane's thread; `type` is empty if the lane takes all.
        std::string awaited_sink = {};
        std::function<void(std::string_view type, std::uint64_t next_seq)> on_awaited_round = {};
    };

    // `others`: lanes that the journal's folder knows and that have no sink now. Their rows are kept for them, unless
    // they were given up.
    static Result<std::unique_ptr<Delivery>> start(FileSystem& fs, Clock& clock,
                                                   journal::Journal& journal,
                                                   std::vector<std::unique_ptr<sink::Sink>> sinks,
                                                   std::vector<journal::StoredLane> const& others,
                                                   Options const& options);
    ~Delivery();  // stop(0)
    Delivery(Delivery const&) = delete;
    Delivery& operator=(Delivery const&) = delete;

    // Delivers what is left, open batches too, for at most `deadline_ms`, then cancels what is under way and ends the
    // threads. What remains is delivered after the next start. REQUIRES: the journal has stopped.
    void stop(std::int64_t deadline_ms);

    // stop() in two steps, for who wants to watch: flush() asks for what is left to be delivered and returns at once;
    // wait_flushed() is true once all lanes have ended, and false after `ms`. Then stop(0).
    void flush(std::int64_t deadline_ms);
    bool wait_flushed(std::int64_t ms);

    struct LaneView {
        std::string name;
        LaneStats const* stats;
    };
    // Those with a sink, then those whose rows are held for a sink that is not there: they count as holding.
    [[nodiscard]] std::vector<LaneView> lanes() const;

  private:
    struct Impl;
    explicit Delivery(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace inlet::delivery
