// drain.hpp - delivers all that a journal holds, without a server: what `inlet drain` does.
// Threads:   the sinks' own; all else from main.
// Ownership: holds the journal's lock until destroyed.
// Errors:    exists (a server runs there), not_found (no journal there), invalid, io, corrupt.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/sinks.hpp"
#include "base/clock.hpp"
#include "base/file.hpp"
#include "config/config.hpp"
#include "delivery/delivery.hpp"
#include "journal/journal.hpp"
#include "journal/lane_state.hpp"

namespace inlet::app {

class Drain {
  public:
    struct Options {
        std::int64_t timeout_ms = 3'600'000;
        // Whether a lane is given up once it holds: somebody who watches can mend it and begin again. Who drains a
        // machine that ends tries until the end.
        bool gives_up_on_hold = true;
    };

    static Result<std::unique_ptr<Drain>> start(config::Config const& config, FileSystem& fs,
                                                Clock& clock, Options how);
    ~Drain();  // stop()
    Drain(Drain const&) = delete;
    Drain& operator=(Drain const&) = delete;

    // True once nothing more can be done; false after `ms`.
    bool wait(std::int64_t ms);
    // Ends delivery; what is under way is cancelled.
    void stop();

    // Bytes of the journal that some lane had to bring at the start, and how many of them are done.
    [[nodiscard]] std::uint64_t total_bytes() const { return total_bytes_; }
    [[nodiscard]] std::uint64_t done_bytes() const;

    // Of all lanes together, since the start.
    [[nodiscard]] std::uint64_t delivered_rows() const;
    [[nodiscard]] std::uint64_t quarantined_rows() const;

    struct Left {
        std::string lane;  // empty: there is no lane at all
        std::uint64_t rows;
        std::string why;
    };
    // What is not delivered. REQUIRES: stopped.
    [[nodiscard]] std::vector<Left> left() const;

  private:
    Drain() = default;
    Result<void> open(config::Config const& config, FileSystem& fs, Clock& clock, Options how);
    void remember_counts(std::vector<journal::StoredLane> const& stored);
    [[nodiscard]] std::uint64_t sum(Counter delivery::LaneStats::*counter) const;

    Aws aws_;
    std::unique_ptr<journal::Journal> journal_;
    std::unique_ptr<delivery::Delivery> delivery_;
    std::int64_t timeout_ms_ = 0;
    std::uint64_t first_seq_ = 1;  // that the journal still has
    bool stopped_ = false;
    std::map<std::string, std::string> why_ = {};  // of each lane: its last error
    std::uint64_t total_bytes_ = 0;
    std::uint64_t delivered_before_ = 0;
    std::uint64_t quarantined_before_ = 0;
};

}  // namespace inlet::app
