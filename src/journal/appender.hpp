// appender.hpp - the writing end of the journal: one commit after the other, each synced before the next.
// Threads:    one (the journal thread); tail() is read by that thread only.
// Durability: commit() returns success only after fdatasync. A failed write or sync is never repeated on the
//             same bytes: the commit is written again, with the same seqs, into a new segment whose header
//             says where the suspect one ends. If that fails too the error is returned, nothing counts as
//             written, and the next commit starts with another new segment.
// Errors:     io, full.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "journal/chain.hpp"
#include "journal/commit_buffer.hpp"
#include "journal/spares.hpp"

namespace inlet::journal {

class Appender {
  public:
    struct Options {
        std::string dir;
        std::uint64_t segment_bytes;
    };
    // Where the next segment goes on from.
    struct Start {
        Position end;               // end.segment 0: there is no segment yet
        Position proven;            // what lies between this and `end` may not be synced yet
        std::uint64_t next_number;  // of the next segment file
        std::uint64_t next_commit;
        std::string node;
    };

    Appender(FileSystem& fs, Clock& clock, Spares& spares, Options options, Start start);

    // Syncs what a killed process left behind `proven`: by writing it once more, because the kernel may have given up
    // the pages after a failed sync and call them clean. With `go_on` the next commit goes behind it; only where every
    // written byte counts, as what a crash left behind the end must not come to life again.
    // If the disk does not take it there, it becomes the first commit of the next segment and is not synced until
    // then: tail() is in front of it. Errors: io, if it cannot be read.
    Result<void> recover(bool go_on);

    // Makes sure that a segment is open, so that the next commit can be written; also how a failed journal
    // finds out that the disk works again.
    Result<void> prepare();

    // Gives seqs and one receive time to the entries, writes them with one call and syncs.
    Result<void> commit(CommitBuffer& buffer);

    // Behind the last synced entry.
    [[nodiscard]] Position tail() const { return tail_; }
    [[nodiscard]] std::string const& node() const { return node_; }
    // Segments that were begun since the last call, also those in which nothing could be written.
    [[nodiscard]] std::vector<std::uint64_t> take_begun() { return std::exchange(begun_, {}); }

  private:
    Result<void> open_segment();
    Result<void> begin_segment(File& file, SegmentHeader const& header, std::string& path);
    Result<std::unique_ptr<File>> file_to_write(std::string& path, std::uint64_t number);
    Result<void> write(CommitBuffer& buffer);
    void count_as_written(CommitBuffer const& buffer);
    Result<void> sync_again(std::string_view unproven, bool go_on);
    void carry(std::string unproven);

    FileSystem& fs_;
    Clock& clock_;
    Spares& spares_;
    Options options_;
    std::string node_;
    Position tail_;  // behind the last synced entry
    Position proven_;
    std::uint64_t next_number_;
    std::uint64_t next_commit_;
    std::unique_ptr<File> file_;  // the open segment; null: none, open one first
    std::uint64_t file_number_ = 0;
    std::vector<std::uint64_t> begun_;
    // A commit of an earlier process that goes into the next segment, with the time of its receipt.
    CommitBuffer carried_;
    std::int64_t carried_received_ms_ = 0;
};

}  // namespace inlet::journal
