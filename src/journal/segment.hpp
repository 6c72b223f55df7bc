// segment.hpp - one open segment file for reading: whole entries, and where damage lies.
// Threads:    one.
// Errors:     io; corrupt if the header is damaged or belongs to another segment.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.hpp"
#include "journal/format.hpp"

namespace inlet::journal {

class Segment {
  public:
    static Result<Segment> open(FileSystem& fs, std::string const& dir, std::uint64_t number);

    // The entry that starts at `offset`, if a whole one lies there and ends at or before `limit`. `payload`
    // is valid until the next call.
    Result<std::optional<EntryHeader>> entry_at(std::uint64_t offset, std::uint64_t limit,
                                                std::string_view& payload);

    // The first offset in [offset, limit) at which a whole entry starts; `limit` if there is none.
    Result<std::uint64_t> find_entry(std::uint64_t offset, std::uint64_t limit);

    [[nodiscard]] SegmentHeader const& header() const { return header_; }
    [[nodiscard]] std::string const& path() const { return path_; }
    Result<std::uint64_t> size() { return file_->size(); }

  private:
    Segment(std::unique_ptr<File> file, std::string path, SegmentHeader header);
    // Bytes [offset, offset + size) as far as the file and `limit` have them.
    Result<std::string_view> window(std::uint64_t offset, std::uint64_t size, std::uint64_t limit);

    std::unique_ptr<File> file_;
    std::string path_;
    SegmentHeader header_;
    std::string buffer_;  // bytes of the file from buffer_begin_
    std::uint64_t buffer_begin_ = 0;
};

}  // namespace inlet::journal
