// commit_buffer.hpp - the entries of one commit, laid out as they will stand in the segment.
// Threads: one at a time; the Journal guards the one being filled.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "journal/format.hpp"

namespace inlet::journal {

class CommitBuffer {
  public:
    void add(std::uint8_t tag, std::uint32_t rows, std::string_view text);
    // Completes every entry's header for its place; what stays open until the commit is known.
    void stamp(std::uint64_t segment, std::uint64_t offset, std::uint64_t commit,
               std::uint64_t first_seq, std::int64_t received_at_ms);

    // Keeps its memory, up to `keep_bytes`: one burst must not be paid for until the end.
    void clear(std::size_t keep_bytes);

    [[nodiscard]] std::string_view bytes() const { return bytes_; }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    [[nodiscard]] std::uint64_t rows() const { return rows_; }
    [[nodiscard]] std::uint64_t entries() const { return entries_; }

  private:
    std::string bytes_;
    std::uint64_t rows_ = 0;
    std::uint64_t entries_ = 0;
};

}  // namespace inlet::journal
