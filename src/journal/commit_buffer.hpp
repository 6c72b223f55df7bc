// commit_buffer.hpp - the entries of one commit, laid out as they will stand in the segment.
// Rows are written where they stay: begin() gives the place, end() puts the header in front.
// Threads: one at a time; who hands it over is up to its users.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "journal/format.hpp"

namespace inlet::journal {

class CommitBuffer {
  public:
    // Starts an entry; its rows are then appended to the string. Of a started entry that was not
    // ended nothing remains.
    std::string& begin();
    // Bytes that the started entry will take.
    [[nodiscard]] std::uint64_t started_bytes() const {
        return entry_bytes(bytes_.size() - ended_ - kEntryHeaderBytes);
    }
    void end(std::uint8_t tag, std::uint32_t rows);
    void abandon() { bytes_.resize(ended_); }

    // Entries as they stand in a segment, to be stamped again. REQUIRES: empty(); they are whole.
    void adopt(std::string entries);

    // Takes over the entries of `other`, behind its own; `other` is empty then.
    // REQUIRES: neither has a started entry.
    void take(CommitBuffer& other);

    // Completes every entry's header for its place; what stays open until the commit is known.
    void stamp(std::uint64_t segment, std::uint64_t offset, std::uint64_t commit,
               std::uint64_t first_seq, std::int64_t received_at_ms);

    // Keeps its memory, up to `keep_bytes`: one burst must not be paid for until the end.
    void clear(std::size_t keep_bytes);

    // Without a started entry.
    [[nodiscard]] std::string_view bytes() const { return {bytes_.data(), ended_}; }
    [[nodiscard]] bool empty() const { return ended_ == 0; }
    [[nodiscard]] std::uint64_t rows() const { return rows_; }
    [[nodiscard]] std::uint64_t entries() const { return entries_; }

  private:
    std::string bytes_;
    std::size_t ended_ = 0;  // where the started entry begins, if there is one
    std::uint64_t rows_ = 0;
    std::uint64_t entries_ = 0;
};

}  // namespace inlet::journal
