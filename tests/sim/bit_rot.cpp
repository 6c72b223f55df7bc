#include "sim/bit_rot.hpp"

#include <algorithm>

#include "journal/chain.hpp"
#include "journal/lane_state.hpp"
#include "journal/reader.hpp"

namespace inlet::sim {
namespace {

constexpr std::size_t kHeaderBytes = 80;  // of each copy

struct Place {
    journal::Position begin;
    std::uint64_t end;  // offset
    std::string node;
    std::uint64_t rows;
};

struct Found {
    std::vector<Place> entries;
    std::vector<std::uint64_t> segments;  // whose headers are whole in both copies
};

// The place behind all rows of which there may be objects.
journal::Position published(World& world) {
    journal::Position place;
    auto const lanes = journal::read_lanes(world.platter, kJournalDir);
    if (!lanes) return place;
    for (auto const& lane : lanes.value()) {
        if (lane.name.starts_with("firehose")) continue;
        place = std::max(place, lane.state.cursor);
        if (lane.state.plan) place = std::max(place, lane.state.plan->end);
    }
    return place;
}

Found what_to_damage(World& world) {
    Found found;
    auto const chain = journal::read_chain(world.platter, kJournalDir);
    if (!chain) return found;
    auto const begin = published(world);
    journal::Reader reader(world.platter, kJournalDir, begin, {});
    for (journal::Entry entry;;) {
        auto const more = reader.next(chain.value().end, entry);
        bool const is_over =
            !more || !more.value() || entry.commit + 1 >= chain.value().last_commit;
        if (is_over) break;
        found.entries.push_back(
            {entry.begin, entry.end.offset, std::string(entry.node), entry.rows});
    }
    for (auto const& segment : chain.value().segments) {
        auto const path = join_path(kJournalDir, journal::segment_name(segment.header.segment));
        auto const bytes = world.platter.bytes(path).value();
        auto const copy = journal::kSegmentHeaderBytes / 2;
        if (bytes.substr(0, kHeaderBytes) == bytes.substr(copy, kHeaderBytes))
            found.segments.push_back(segment.header.segment);
    }
    return found;
}

void damage_entry(World& world, Place const& entry) {
    auto const path = join_path(kJournalDir, journal::segment_name(entry.begin.segment));
    auto const offset = world.dice.between(entry.begin.offset, entry.end - 1);
    world.platter.flip_byte(path, offset);
    world.oracle.damaged(entry.node, entry.begin.seq, entry.rows);
    world.trace.line("damage at " + path + ":" + std::to_string(offset) + ", seq " +
                     std::to_string(entry.begin.seq) + ", rows " + std::to_string(entry.rows));
}

// There is a second copy: it must cost nothing.
void damage_header(World& world, std::uint64_t segment) {
    auto const path = join_path(kJournalDir, journal::segment_name(segment));
    auto const offset = world.dice.between(16, 79);
    auto const copy = world.dice.one_in(2) ? 0 : journal::kSegmentHeaderBytes / 2;
    world.platter.flip_byte(path, copy + offset);
    world.trace.line("damage of a copy of the header of " + path);
}

}  // namespace

void damage_something(World& world) {
    auto const found = what_to_damage(world);
    auto& dice = world.dice;
    if (!found.segments.empty() && dice.one_in(4)) {
        damage_header(world, found.segments[dice.below(found.segments.size())]);
    } else if (!found.entries.empty()) {
        damage_entry(world, found.entries[dice.below(found.entries.size())]);
    }
}

}  // namespace inlet::sim
