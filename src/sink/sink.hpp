// sink.hpp - the one interface of all destinations: bring one batch there, say which rows remain.
// Retry, back-off, quarantine, cursors and health are the pump's (delivery/pump.hpp); a sink holds no
// events and no schedule of its own.
// Threads: all calls for one sink come from its own thread ("sink-<name>"), except cancel().
#pragma once

#include <cstdint>
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
    // false at the end of the batch. Errors: io (reading the journal failed; nothing of the batch may be
    // reported as delivered).
    virtual Result<bool> next(Row& row) = 0;
};

// A range of the journal over all types. `first_seq` to `last_seq` are of one node and one UTC date of
// receipt; a seq in between may be missing if its entry is damaged.
struct Batch {
    std::string_view node;
    std::uint64_t first_seq;
    std::uint64_t last_seq;
    std::uint64_t rows;
    std::uint64_t bytes;          // of the lines
    std::int64_t received_at_ms;  // of the first row
};

struct Delivered {
    std::uint64_t rows = 0;
    std::uint64_t bytes_sent = 0;  // as it went out: compressed, encoded
    std::uint64_t objects = 0;
    std::uint64_t already_present = 0;     // objects that an earlier attempt had published
    std::vector<std::uint64_t> remaining;  // seqs to send again; empty: the batch is done
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

    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual Roll roll() const = 0;

    // What must be known to repeat this batch with the same result (destination, keys, codec). The pump
    // saves it durably before the first deliver() of the batch and hands the same text to every later one,
    // also after a restart with another configuration. Empty: there is nothing to repeat exactly.
    // At most kMaxPlanBytes.
    [[nodiscard]] virtual std::string plan(Batch const& batch) const = 0;

    // Brings the batch to its destination; returns when it is safe there.
    // Errors: unavailable, timeout, overloaded, full, io (try again later), rejected (never will be taken),
    // corrupt (the plan is unreadable, or other rows stand where these belong: hold, and tell somebody).
    virtual Result<Delivered> deliver(Batch const& batch, std::string_view plan,
                                      RowStream& rows) = 0;
};

inline constexpr std::size_t kMaxPlanBytes = 3072;

}  // namespace inlet::sink
