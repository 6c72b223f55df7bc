// batcher.hpp - cuts the journal into batches: reads what has been synced and decides where one
// ends. Only counts are kept here; the rows are read again when they are delivered, so an open
// batch costs no memory.
// Threads:    one per lane.
// Errors:     io.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/file.hpp"
#include "journal/reader.hpp"
#include "sink/sink.hpp"

namespace inlet::delivery {

// The rows that a lane takes: all, or those of one type.
struct RowFilter {
    std::uint8_t tag = 0;  // of the entries (event::Kind); 0: all

    [[nodiscard]] bool takes(journal::Entry const& entry) const {
        return tag == 0 || entry.tag == tag;
    }
    static RowFilter of_type(std::string_view type);  // "" or a name of event::Kind
};

// Whole entries [begin, end) of one node; those that the lane takes, of one UTC date of receipt.
struct Range {
    journal::Position begin;
    journal::Position end;
    std::string node;
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;
    std::uint64_t rows = 0;     // that the lane takes; 0: nothing to deliver, the lane only passes
    std::uint64_t bytes = 0;    // of their lines, at most
    std::uint64_t others = 0;   // rows that it does not take
    std::uint64_t damaged = 0;  // rows that should be in it (or right in front) and cannot be read
    std::int64_t first_received_ms = 0;

    [[nodiscard]] sink::Batch batch() const {
        return {node, first_seq, last_seq, rows, bytes, first_received_ms};
    }
};

class Batcher {
  public:
    Batcher(FileSystem& fs, std::string dir, journal::Position cursor, sink::Roll roll,
            RowFilter filter);

    Batcher(Batcher const&) = delete;  // its reader reports damage to this very object
    Batcher& operator=(Batcher const&) = delete;

    // Reads on to `limit`. True when the open batch is complete: it is full, or the next row belongs to another
    // date or node. (By age it is the pump that closes it.)
    Result<bool> fill(journal::Position limit);

    // The batch being filled; null if no row is waiting.
    [[nodiscard]] Range const* open() const {
        return range_ && range_->rows > 0 ? &*range_ : nullptr;
    }
    // Entries that were read since the last batch and hold nothing for this lane.
    [[nodiscard]] Range const* passed() const {
        return range_ && range_->rows == 0 ? &*range_ : nullptr;
    }
    // How far has been read since the last batch if no entry was found: rows 0, perhaps damage. Nothing if there was
    // one, or nothing to read at all.
    [[nodiscard]] std::optional<Range> gap() const;
    void take_gap() { damaged_ = 0; }
    // Hands the open batch, or what was passed, over and begins the next one behind it.
    Range take();
    // Everything before this place has been taken: with no open batch it is how far has been read.
    [[nodiscard]] journal::Position begin() const;

    // Re-reads exactly the entries up to `end`, for a batch that was planned before a crash.
    Result<bool> fill_exactly(journal::Position end);

  private:
    void add(journal::Entry const& entry);
    [[nodiscard]] bool fits(journal::Entry const& entry) const;

    sink::Roll roll_;
    RowFilter filter_;
    journal::Reader reader_;
    std::optional<Range> range_;
    std::optional<Range> following_;  // an entry that was read and belongs to the next batch
    std::uint64_t damaged_ = 0;       // found since the last entry
};

}  // namespace inlet::delivery
