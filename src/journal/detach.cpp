#include "journal/detach.hpp"

#include <string>
#include <vector>

#include "journal/lane_state.hpp"
#include "journal/slot_file.hpp"

namespace inlet::journal {
namespace {

// The cursor jumps to the end: what it passes over is accounted for as detached.
LaneState detached(LaneState state, std::string_view node, Position end) {
    if (state.node != node) {
        state = {};
        state.node = node;
    }
    state.cursor = end;
    state.detached =
        end.seq - 1 - state.delivered - state.quarantined - state.damaged - state.other_types;
    state.is_detached = true;
    state.plan.reset();
    return state;
}

Result<StoredLane> find(std::vector<StoredLane> const& lanes, std::string_view name) {
    for (auto const& lane : lanes)
        if (lane.name == name) return lane;
    return fail(Errc::not_found, "no lane named " + std::string(name));
}

}  // namespace

Result<void> detach(FileSystem& fs, Clock& clock, Options const& options, std::string_view lane) {
    TRY(auto const before, read_lanes(fs, options.dir));
    TRY(auto const journal,
        Journal::open(fs, clock, options, furthest(before), Naming::keep, Writer::caller));
    if (journal->health() != Health::ok)
        return fail(Errc::io, options.dir + ": the journal cannot be written");
    // Now that nobody else changes them.
    TRY(auto const lanes, read_lanes(fs, options.dir));
    TRY(auto const stored, find(lanes, lane));
    TRY(auto file, SlotFile::open(fs, options.dir, lane_file_name(stored.name)));
    return file.replace(encode(detached(stored.state, journal->node(), journal->synced())));
}

}  // namespace inlet::journal
