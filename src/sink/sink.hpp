// sink.hpp - the one interface of all destinations: bring one batch there, say which rows remain.
// Retry, back-off, quarantine, cursors and health are the pump's (delivery/pump.hpp); a sink holds no
// events and no schedule of its own.
// Threads: all calls for one sink come from its own thread ("sink-<lane>"), except cancel().
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace inlet::sink {

// A row as the lake gets it: one line of JSON with its line feed.
struct Row {
    std::string_view type;  // "track", "alias", "profile"
    std::uint64_t seq;
    std::int64_t received_at_ms;
    std::string_view line;  // valid until the next call of RowStream::next()
};

// The rows of a batch in order of seq. They are read from the journal while the sink takes them, so a batch
// may be larger than memory.
class RowStream {
  public:
    virtual ~RowStream() = default;
    // false at the end of the batch. Errors: io, corrupt (reading the journal failed; no row that was not handed out
    // may be reported as delivered).
    virtual Result<bool> next(Row& row) = 0;
    // Goes back to the first row.
    virtual void rewind() = 0;
};

// A range of the journal over all types. `first_seq` to `last_seq` are of one node and one UTC date of
// receipt; a seq in between may be missing if its entry is damaged, of another type than the sink
// takes, or delivered by an earlier try.
struct Batch {
    std::string_view node;
    std::uint64_t first_seq;
    std::uint64_t last_seq;
    std::uint64_t rows;
    std::uint64_t bytes;          // of the lines
    std::int64_t received_at_ms;  // of the first row
};

// Some rows of a batch: those listed, and all from `from` on.
struct RowSet {
    std::vector<std::uint64_t> seqs = {};  // ascending
    std::uint64_t from = kNoRow;

    static constexpr std::uint64_t kNoRow = std::numeric_limits<std::uint64_t>::max();

    [[nodiscard]] bool empty() const { return seqs.empty() && from == kNoRow; }
    [[nodiscard]] std::uint64_t first() const { return seqs.empty() ? from : seqs.front(); }
    [[nodiscard]] bool contains(std::uint64_t seq) const {
        return seq >= from || std::binary_search(seqs.begin(), seqs.end(), seq);
    }
};

// A row that the destination will never take.
struct Refused {
    std::uint64_t seq;
    std::string reason;
};

// What became of the rows of a batch. All that are neither refused nor remaining are safe there.
struct Delivered {
    std::uint64_t rows = 0;
    std::uint64_t bytes_sent = 0;    // as it went out: compressed; without base64 and headers
    std::uint64_t bytes_billed = 0;  // by the destination's rule of rounding; 0: it has none
    std::uint64_t objects = 0;
    std::uint64_t already_present = 0;  // objects that an earlier attempt had published
    std::uint64_t requests = 0;
    std::uint64_t throttled = 0;         // requests or records refused for being too fast
    std::uint64_t retried = 0;           // rows of `remaining` that were sent and did not arrive
    std::uint64_t maybe_duplicated = 0;  // those among them that may have arrived all the same
    std::vector<Refused> refused = {};   // by ascending seq
    // What is to be sent again, and why; empty: the batch is done. Without an error the sink only wants
    // to be called again after wait_ms (its pace).
    RowSet remaining = {};
    std::optional<Error> error = std::nullopt;
    std::int64_t wait_ms = 0;
};

// When the pump closes a batch: whichever comes first (and at UTC midnight of receipt).
struct Roll {
    std::uint64_t max_bytes;  // of lines
    std::uint64_t max_rows;
    std::int64_t max_age_ms;  // since the first row of the batch was committed
};

class Sink {
  public:
    virtual ~Sink() = default;

    // Of the lane: "lake", "firehose-track".
    [[nodiscard]] virtual std::string_view name() const = 0;
    // The only type of rows that it takes: "track", "alias", "profile"; empty: all.
    [[nodiscard]] virtual std::string_view type() const { return {}; }
    [[nodiscard]] virtual Roll roll() const = 0;

    // What must be known to repeat this batch with the same result (destination, keys, codec). The pump
    // saves it durably before the first deliver() of the batch and hands the same text to every later one,
    // also after a restart with another configuration. Empty: there is nothing to repeat exactly.
    // At most kMaxPlanBytes.
    [[nodiscard]] virtual std::string plan(Batch const& batch) const = 0;

    // Brings the batch to its destination; returns when what it reports as delivered is safe there.
    // An error means that nothing is known to be delivered: unavailable, timeout, overloaded, full, io
    // (try again later), rejected (the configuration or a right is wrong: try rarely, tell somebody),
    // corrupt (the plan is unreadable, or other rows stand where these belong: likewise), stopping.
    virtual Result<Delivered> deliver(Batch const& batch, std::string_view plan,
                                      RowStream& rows) = 0;
    // From any thread: a deliver() under way ends soon with `stopping`, and so does every later one.
    virtual void cancel() {}
};

inline constexpr std::size_t kMaxPlanBytes = 3072;

}  // namespace inlet::sink
