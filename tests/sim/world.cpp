#include "sim/world.hpp"

#include <algorithm>
#include <utility>

#include "journal/quarantine.hpp"
#include "sim/fixed_random.hpp"
#include "sink/firehose_sink.hpp"
#include "sink/lake.hpp"
#include "sink/object_sink.hpp"

namespace inlet::sim {
namespace {

constexpr std::size_t kLake = 0;
constexpr std::size_t kBucket = 1;
constexpr std::size_t kFirstStream = 2;

void for_each_line(std::string_view rows, auto const& visit) {
    while (!rows.empty()) {
        auto const line = rows.substr(0, rows.find('\n') + 1);
        if (line.empty()) return visit(rows);  // torn
        visit(line);
        rows.remove_prefix(line.size());
    }
}

}  // namespace

Setting::Setting(Dice& dice) {
    journal.dir = kJournalDir;
    journal.segment_bytes = std::uint64_t{8 << 10} << dice.below(4);
    journal.queue_bytes = 64 << 10;
    // What the queue takes, an empty journal must take.
    journal.max_bytes = std::max(journal.segment_bytes * dice.between(3, 20), journal.queue_bytes);
    journal.spare_segments = dice.below(4);
    lake_roll_bytes = std::uint64_t{1 << 10} << dice.below(6);
    bucket_roll_bytes = std::uint64_t{1 << 10} << dice.below(6);
    bucket_buffer_bytes = dice.one_in(2) ? 2'000 : 0;
    stream_per_type = dice.one_in(2);
    poisoned_row = dice.one_in(3) ? dice.between(1, 200) : 0;
    bit_rot = dice.one_in(3);
    sinks_come_and_go = dice.one_in(3);
    lanes_are_detached = dice.one_in(6);
}

std::vector<LaneKind> Setting::lanes() const {
    std::vector<LaneKind> lanes = {{"lake", "", true}, {"s3", "", true}};
    if (!stream_per_type) {
        lanes.push_back({"firehose", "", false});
        return lanes;
    }
    for (auto kind : {event::Kind::track, event::Kind::alias, event::Kind::profile}) {
        std::string const type(event::to_string(kind));
        lanes.push_back({"firehose-" + type, type, false});
    }
    return lanes;
}

World::World(std::uint64_t seed, Bug planted, Trace& run)
    : trace(run),
      bug(planted),
      dice(seed),
      setting(dice),
      platter(dice.number()),
      disk(platter, clock, trace, dice),
      seen(plant(bug, disk)),
      oracle(trace, setting.lanes(), setting.poisoned_row),
      bucket(disk, trace, dice, [this](std::string_view rows) {
          for_each_line(rows, [this](auto line) { oracle.arrived(kBucket, line); });
      }) {
    seed_getrandom(seed);
    bucket.set_max_buffered(setting.bucket_buffer_bytes);
    for (auto lane = kFirstStream; lane < oracle.lanes().size(); ++lane) {
        streams.push_back(std::make_unique<FakeStream>(
            disk, trace, dice, [this, lane](auto line) { oracle.arrived(lane, line); },
            [this, lane](auto line) { oracle.unclear(lane, line); }));
    }
}

Result<std::vector<std::unique_ptr<sink::Sink>>> World::make_sinks(LaneSet absent) {
    std::vector<std::unique_ptr<sink::Sink>> sinks;
    for (std::size_t lane = 0; lane < oracle.lanes().size(); ++lane) {
        sinks.emplace_back();
        if (absent.test(lane)) continue;
        TRY(auto sink, make_sink(lane));
        sinks.back() = plant(bug, std::move(sink));
    }
    return sinks;
}

Result<std::unique_ptr<sink::Sink>> World::make_sink(std::size_t lane) {
    auto const& kind = oracle.lanes()[lane];
    if (lane == kLake) {
        sink::LakeOptions options;
        options.dir = kLakeDir;
        options.roll_bytes = setting.lake_roll_bytes;
        options.compression = Codec::off;
        options.min_free_bytes = 0;
        return sink::make_lake(files(), options);
    }
    std::unique_ptr<sink::Sink> sink;
    if (lane == kBucket) {
        sink::ObjectSinkOptions options;
        options.name = kind.name;
        options.destination = "s3://bucket";
        options.codec = Codec::off;
        options.roll = {setting.bucket_roll_bytes, 500'000, 5'000};
        sink = std::make_unique<sink::ObjectSink>(
            std::move(options),
            [this](std::string const&) -> Result<std::unique_ptr<sink::ObjectStore>> {
                return bucket.connect();
            });
    } else {
        sink = std::make_unique<sink::FirehoseSink>(
            sink::FirehoseStream{.lane = kind.name, .type = kind.type, .name = "inlet"},
            streams[lane - kFirstStream]->connect(), clock);
    }
    return sink;
}

void World::look_into_lake() {
    std::string const folder = std::string(kLakeDir) + "/raw/";
    for (auto const& file : platter.files()) {
        if (!file.starts_with(folder)) continue;
        for_each_line(*platter.bytes(file), [&](auto line) { oracle.arrived(kLake, line); });
    }
}

void World::look_into_quarantine() {
    auto rows = journal::Quarantine(platter, kJournalDir, 0).list();
    if (!rows) return trace.violate("I4 accounting", rows.error().message());
    for (auto const& row : rows.value()) {
        for (std::size_t lane = 0; lane < oracle.lanes().size(); ++lane) {
            if (oracle.lanes()[lane].name == row.lane) oracle.set_aside(lane, row.line);
        }
    }
}

}  // namespace inlet::sim
