// quarantine.hpp - rows that a destination will never take, set aside with the reason: one file each,
//   <journal>/quarantine/<lane>/<node>-<seq>
// holding a line with the reason, a line with the time, and the row. A row that is set aside again after
// a crash meets its own file. What was given up or sent later leaves a line in <lane>/receipts, so that
// a check of the lake can tell such rows from lost ones.
// Threads:   one per object. A server adds while a command looks, sends again or drops.
// Errors:    io, full (the disk, or more than max_bytes): the lane then holds until there is room.
// Bounds:    max_bytes over all lanes, as far as this process has seen.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"
#include "base/file.hpp"

namespace inlet::journal {

struct QuarantinedRow {
    std::string lane;
    std::string node;
    std::uint64_t seq = 0;
    std::string reason;  // one line
    std::string at;      // ISO 8601: when it was set aside
    std::string line;    // the row with its line feed
};

enum class QuarantineEnd : std::uint8_t { sent, dropped };

struct QuarantineReceipt {
    QuarantineEnd end;
    std::string node;
    std::uint64_t seq = 0;
};

class Quarantine {
  public:
    Quarantine(FileSystem& fs, std::string const& journal_dir, std::uint64_t max_bytes);

    // Durable when it returns; putting the same row again changes nothing.
    Result<void> put(QuarantinedRow const& row);
    // All rows of all lanes, by lane, node and seq.
    Result<std::vector<QuarantinedRow>> list();
    // Writes the receipt, then removes the row.
    Result<void> end(QuarantinedRow const& row, QuarantineEnd how, std::string_view at);
    Result<std::vector<QuarantineReceipt>> receipts(std::string const& lane);

  private:
    Result<std::vector<std::string>> lanes();
    Result<std::uint64_t> used_bytes();
    void remove_temporaries(std::string const& dir);
    [[nodiscard]] std::string folder(std::string const& lane) const;

    FileSystem& fs_;
    std::string dir_;
    std::uint64_t max_bytes_;
};

}  // namespace inlet::journal
