// reader.hpp - reads entries in order, from any place, up to any other.
// Threads: one Reader per thread; it opens the segment files itself and never writes.
// Errors:  io. Damage is not an error: the reader skips to the next whole entry and reports what it skipped.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "base/file.hpp"
#include "journal/damage.hpp"
#include "journal/position.hpp"

namespace inlet::journal {

struct Entry {
    std::uint8_t tag;
    std::uint32_t rows;
    std::uint64_t first_seq;
    std::uint64_t commit;         // number of the group commit that wrote it
    std::int64_t received_at_ms;  // Unix time of that commit
    std::string_view node;        // valid as long as `text`
    std::string_view text;        // the rows as appended; valid until the next call of next()
    Position begin;               // of this entry
    Position end;                 // just behind it: where the next one starts
};

class Reader {
  public:
    using OnDamage = std::function<void(Damage const&)>;

    // Starts at `start`; where that place is gone (its segment was released), at the oldest place still there.
    // Rows that are missing in between count as damage.
    Reader(FileSystem& fs, std::string dir, Position start, OnDamage on_damage);
    ~Reader();
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;

    // The next entry that lies wholly before `limit`; false if there is none (yet): call again later with a
    // further limit. REQUIRES: `limit` is a place that Journal::synced() gave, or the end of a Chain.
    Result<bool> next(Position limit, Entry& entry);

    // Where the next call goes on: at an entry, or where one will be.
    [[nodiscard]] Position position() const;
    // Of the segment that position() lies in; empty before the first call of next() that found one.
    [[nodiscard]] std::string_view node() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace inlet::journal
