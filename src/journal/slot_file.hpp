// slot_file.hpp - a small record that is replaced as a whole: cursors and plans are kept in one.
// Two slots of one file are written in turn, so a crash while writing leaves the other one. The
// file is reserved when it is created: replacing the record never needs new disk space.
// Threads:    one.
// Errors:     io, full (only when created), invalid (record too long).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/file.hpp"

namespace inlet::journal {

class SlotFile {
  public:
    static constexpr std::size_t kMaxRecordBytes = 4096 - 24;

    // Opens or creates the file; the record is empty if there was none, or none that is whole. It is written once more
    // and synced: a killed process may have left it with the kernel alone, and what follows relies on it.
    static Result<SlotFile> open(FileSystem& fs, std::string const& dir, std::string const& name);
    // The record of a file that another process may own; empty if there is none.
    static Result<std::string> peek(FileSystem& fs, std::string const& path);

    [[nodiscard]] std::string const& record() const { return record_; }
    // There was something in the file, and no record in it was whole.
    [[nodiscard]] bool is_damaged() const { return is_damaged_; }
    // Durable when it returns. After an error the record on disk is the old or the new one.
    Result<void> replace(std::string_view record);

  private:
    // Into the slot of generation_.
    Result<void> write(std::string_view record);

    std::unique_ptr<File> file_;
    std::string record_;
    bool is_damaged_ = false;
    std::uint64_t generation_ = 0;  // of record_; its slot is generation_ % 2
};

}  // namespace inlet::journal
