#include "journal/detach.hpp"

#include <utility>
#include <vector>

#include "journal/segment.hpp"
#include "journal/slot_file.hpp"

namespace inlet::journal {
namespace {

// What the cursor passes over is accounted for as detached.
LaneState moved(LaneState state, std::string_view node, Position cursor) {
    if (state.node != node) {
        state = {};
        state.node = node;
    }
    state.cursor = cursor;
    state.detached =
        cursor.seq - 1 - state.delivered - state.quarantined - state.damaged - state.other_types;
    state.plan.reset();
    return state;
}

Result<LaneState> find(std::vector<StoredLane> const& lanes, std::string_view name) {
    for (auto const& lane : lanes)
        if (lane.name == name) return lane.state;
    return fail(Errc::not_found, "no lane named " + std::string(name));
}

}  // namespace

Result<LaneState> detach(FileSystem& fs, Clock& clock, Options const& options,
                         std::string_view lane) {
    TRY(auto const before, read_lanes(fs, options.dir));
    TRY(find(before, lane));
    TRY(auto const journal,
        Journal::open(fs, clock, options, furthest(before), Naming::keep, Writer::caller));
    // Once more: a server may have gone on until now.
    TRY(auto const lanes, read_lanes(fs, options.dir));
    // The furthest cursor is what tells a copy that ends too early: it must not move back.
    if (journal->synced() < furthest(lanes))
        return fail(Errc::io, options.dir + ": ends before its cursors, and takes no new segment");
    TRY(auto state, find(lanes, lane));
    state = moved(std::move(state), journal->node(), journal->synced());
    state.is_detached = true;
    TRY(auto file, SlotFile::open(fs, options.dir, lane_file_name(lane)));
    TRY(file.replace(encode(state)));
    return state;
}

Result<LaneState> attach(FileSystem& fs, std::string const& dir, LaneState state, Position first) {
    state.is_detached = false;
    if (!(state.cursor < first)) return state;
    auto const segment = Segment::open(fs, dir, first.segment);
    if (segment) {
        auto const& header = segment.value().header();
        return moved(std::move(state), header.node,
                     {first.segment, first.offset, header.first_seq});
    }
    // Then the lane finds out as it reads.
    auto const code = segment.error().code;
    if (code == Errc::corrupt || code == Errc::not_found) return state;
    return segment.error();
}

}  // namespace inlet::journal
