// journal.hpp - the durable log: an append completes when the entry has survived fdatasync.
// One entry is one accepted request: its rows, opaque to the journal, and a tag.
// Threads:    each io thread appends through an Intake of its own; completions come back through it;
//             the writer is a thread of its own ("journal"), or whoever calls step();
//             synced(), release() and the like from any thread.
// Ownership:  owns the files in `options.dir` and holds its lock until destroyed.
// Durability: like write() followed by fdatasync(), for everybody who gathered while the last one ran: the
//             writer takes all that waits, writes it with one call, syncs once, completes all of it. What
//             was appended and not yet completed may or may not be there after a crash.
// Failure:    a commit that cannot be written ends in 503s, not in a lost acknowledgement; the writer then tries
//             once a second to open a new segment and accepts again as soon as that works.
// Errors:     append: io (failing), overloaded (queue full), full (disk budget used up), stopping; completion: io or full
//             (nothing is known about the entry: it may exist after a restart).
// Bounds:     entry <= kMaxEntryBytes; queue <= options.queue_bytes; disk <= options.max_bytes of
//             undelivered data + 2 segments + options.spare_segments + the cursors, and what the disk refuses to remove.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/counter.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "journal/mailbox.hpp"
#include "journal/position.hpp"

namespace inlet::journal {

struct Options {
    std::string dir = "var/journal";
    std::uint64_t max_bytes = 8ULL << 30;    // undelivered bytes; above it append() answers `full`
    std::uint64_t segment_bytes = 64 << 20;  // a segment is closed before it would grow over this
    std::uint64_t queue_bytes = 16 << 20;    // waiting for the next commit; above it `overloaded`
    std::uint64_t spare_segments = 8;  // delivered segments kept for reuse (writing over a file is
                                       // twice as fast as growing one)
};

struct Stats {
    Counter appended_entries;
    Counter appended_rows;
    Counter appended_bytes;  // as written to segments
    Counter commits;
    Counter failed_commits;
    Counter refused_overloaded;
    Counter refused_full;
    Counter queue_bytes;           // gauge: admitted, and not taken by the writer yet
    Counter undelivered_bytes;     // gauge: from the slowest cursor to the end
    Counter segments;              // gauge
    Counter damaged_entries;       // found damaged since the start
    LatencyHistogram commit_time;  // write + fdatasync
};

struct Gathered;

// Whether the journal goes on under its node, or under a new one although it could: a copy whose original lives on.
enum class Naming : std::uint8_t { keep, new_node };

enum class Health : std::uint8_t { ok, failing, full, stopping };

// Who calls Journal::step(): the journal's own thread, or the one that opened it (a simulation has only one).
enum class Writer : std::uint8_t { thread, caller };

class Journal {
  public:
    // Opens or creates the journal in options.dir, recovers it and starts the writer, unless that is the caller.
    // `floor` is the furthest place that any cursor or plan outside knows: if the journal ends before it,
    // it is a restored copy and gets a new node.
    // Errors: exists (another process holds it), io, full, corrupt only if no folder state could be used.
    static Result<std::unique_ptr<Journal>> open(FileSystem& fs, Clock& clock, Options options,
                                                 Position floor, Naming naming = Naming::keep,
                                                 Writer writer = Writer::thread);
    ~Journal();  // stop()
    Journal(Journal const&) = delete;
    Journal& operator=(Journal const&) = delete;

    // Refuses further appends, commits what is queued, ends the writer. Idempotent.
    void stop();

    // One round of the writer: commits what has gathered, waiting for it at most so long; with nothing to commit a
    // failing journal tries its disk again. False when it was stopped and nothing is left.
    // REQUIRES: opened with Writer::caller.
    bool step(std::chrono::milliseconds longest_wait);

    // Everything before this place is on disk for good: readers may go up to it.
    [[nodiscard]] Position synced() const;
    // Waits until synced() is beyond `seen`, the journal stops, or `steady_deadline_ns` has passed.
    void wait_synced(Position seen, std::int64_t steady_deadline_ns);

    // Nobody needs anything before `keep_from` any more: frees the segments below it.
    // REQUIRES: the cursors that say so are synced.
    void release(Position keep_from);

    // First place that is still there, without its seq; a new cursor starts here.
    [[nodiscard]] Position first() const;
    [[nodiscard]] std::string node() const;
    [[nodiscard]] Health health() const;
    // When the writer last went round its loop (steady clock): what the watchdog looks at.
    [[nodiscard]] std::int64_t last_beat_ns() const;
    [[nodiscard]] Stats const& stats() const;

  private:
    friend class Intake;
    struct Impl;
    // Room in the queue and on the disk for so many bytes more.
    Result<void> admit(std::uint64_t bytes);
    void submit(Gathered& gathered);

    explicit Journal(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace inlet::journal
