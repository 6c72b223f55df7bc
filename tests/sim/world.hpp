// world.hpp - what is outside of the process and survives it: disk, clock, bucket, delivery streams, the clients'
// memory of what they were promised. And the setting of a run, drawn from its seed.
// Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "sim/chaos_disk.hpp"
#include "sim/dice.hpp"
#include "sim/fake_bucket.hpp"
#include "sim/fake_stream.hpp"
#include "sim/oracle.hpp"
#include "sim/planted_bug.hpp"
#include "sim/trace.hpp"
#include "sink/sink.hpp"
#include "support/faulty_file_system.hpp"
#include "support/manual_clock.hpp"

namespace inlet::sim {

inline constexpr char const* kJournalDir = "journal";
inline constexpr char const* kLakeDir = "lake";

// Small numbers, so that segments, batches and budgets end often.
struct Setting {
    explicit Setting(Dice& dice);

    journal::Options journal;
    std::uint64_t lake_roll_bytes;
    std::uint64_t bucket_roll_bytes;
    std::uint64_t bucket_buffer_bytes;
    bool stream_per_type;
    // The number of the row that a delivery stream never takes; 0: there is none. Of several in one call it would be
    // the stream that is to blame, and its lane would wait for somebody.
    std::uint64_t poisoned_row;
    bool bit_rot;
    // Somebody switches sinks off, and on again with a later start.
    bool sinks_come_and_go;
    // Somebody gives up what lanes have still to bring.
    bool lanes_are_detached;

    // Lanes 0 and 1 are the lake and the bucket, the others delivery streams.
    [[nodiscard]] std::vector<LaneKind> lanes() const;
};

struct World {
    World(std::uint64_t seed, Bug planted, Trace& run);
    World(World const&) = delete;
    World& operator=(World const&) = delete;

    // The sinks of a process, in the order of the lanes; null for those in `absent`. Errors: as make_lake().
    Result<std::vector<std::unique_ptr<sink::Sink>>> make_sinks(LaneSet absent);
    // What the process sees of the disk.
    FileSystem& files() { return *seen; }
    // The rows in the lake, now that it stands still.
    void look_into_lake();
    // The rows in quarantine.
    void look_into_quarantine();

    Trace& trace;
    Bug const bug;
    Dice dice;
    Setting const setting;
    test::ManualClock clock;
    test::FaultyFileSystem platter;
    ChaosDisk disk;
    std::unique_ptr<FileSystem> seen;
    Oracle oracle;
    FakeBucket bucket;
    std::vector<std::unique_ptr<FakeStream>> streams;

  private:
    Result<std::unique_ptr<sink::Sink>> make_sink(std::size_t lane);
};

}  // namespace inlet::sim
