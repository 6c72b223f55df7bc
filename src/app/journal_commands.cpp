#include "app/journal_commands.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <vector>

#include "app/owner.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "event/row.hpp"
#include "journal/chain.hpp"
#include "journal/detach.hpp"
#include "journal/journal.hpp"
#include "journal/lane_state.hpp"
#include "journal/reader.hpp"

namespace inlet::app {
namespace {

int fail_with(Error const& error) {
    std::fprintf(stderr, "inlet: %s\n", error.message().c_str());
    return 2;
}

void print(journal::Damage const& damage) {
    std::fprintf(stderr,
                 "damaged: %s at byte %" PRIu64 ", %" PRIu64 " bytes, %" PRIu64
                 " rows from seq %" PRIu64 ": %s\n",
                 damage.file.c_str(), damage.offset, damage.bytes, damage.rows, damage.first_seq,
                 damage.reason.c_str());
}

Error server_runs_in(std::string const& dir) {
    return fail(Errc::exists, dir + ": a server is running there; stop it first");
}

// Where a reader of the whole chain starts, and its damage handler.
journal::Position begin_of(journal::Chain const& chain) {
    auto const& first = chain.segments.front().header;
    return {first.segment, journal::kSegmentHeaderBytes, first.first_seq};
}

Result<journal::Chain> chain_of(FileSystem& fs, std::string const& dir) {
    TRY(auto chain, journal::read_chain(fs, dir));
    TRY(journal::require_segments(chain, dir));
    return chain;
}

}  // namespace

int journal_ls(FileSystem& fs, std::string const& dir) {
    auto const chain = chain_of(fs, dir);
    if (!chain) return fail_with(chain.error());
    std::printf("%-22s %-14s %14s %14s  %s\n", "segment", "node", "first seq", "bytes", "created");
    for (auto const& span : chain.value().segments) {
        std::printf("%-22s %-14s %14" PRIu64 " %14" PRIu64 "  %s\n",
                    journal::segment_name(span.header.segment).c_str(), span.header.node.c_str(),
                    span.header.first_seq, span.end - journal::kSegmentHeaderBytes,
                    iso_time(span.header.created_at_ms).c_str());
    }
    std::printf("next seq %" PRIu64 "\n", chain.value().end.seq);
    return 0;
}

int journal_cat(FileSystem& fs, std::string const& dir) {
    auto const chain = chain_of(fs, dir);
    if (!chain) return fail_with(chain.error());
    bool damaged = false;
    journal::Reader reader(fs, dir, begin_of(chain.value()), [&](journal::Damage const& damage) {
        print(damage);
        damaged = true;
    });
    journal::Entry entry = {};
    event::Stamper stamper;
    std::string line;
    for (;;) {
        auto const found = reader.next(chain.value().end, entry);
        if (!found) return fail_with(found.error());
        if (!found.value()) return damaged ? 1 : 0;
        auto rest = entry.text;
        for (auto seq = entry.first_seq; !rest.empty(); ++seq) {
            auto const stored = rest.substr(0, rest.find('\n') + 1);
            line.clear();
            stamper.append(line, static_cast<event::Kind>(entry.tag), stored,
                           {entry.received_at_ms, entry.node, seq});
            if (std::fwrite(line.data(), 1, line.size(), stdout) != line.size()) return 2;
            rest.remove_prefix(stored.size());
        }
    }
}

int journal_verify(FileSystem& fs, std::string const& dir) {
    auto const chain = chain_of(fs, dir);
    if (!chain) return fail_with(chain.error());
    std::uint64_t damaged_rows = 0;
    bool damaged = !chain.value().end_is_certain;
    for (auto const& damage : chain.value().damage) {
        if (damage.rows == 0) print(damage);
        damaged = true;
    }
    journal::Reader reader(fs, dir, begin_of(chain.value()), [&](journal::Damage const& damage) {
        print(damage);
        damaged_rows += damage.rows;
        damaged = true;
    });
    std::uint64_t entries = 0;
    std::uint64_t rows = 0;
    std::uint64_t bytes = 0;
    journal::Entry entry = {};
    for (;;) {
        auto const found = reader.next(chain.value().end, entry);
        if (!found) return fail_with(found.error());
        if (!found.value()) break;
        ++entries;
        rows += entry.rows;
        bytes += entry.text.size();
    }
    std::printf("%zu segments, %" PRIu64 " entries, %" PRIu64 " rows, %" PRIu64
                " bytes of rows, next seq %" PRIu64 "\n",
                chain.value().segments.size(), entries, rows, bytes, chain.value().end.seq);
    if (chain.value().cut_bytes > 0) {
        std::printf("%" PRIu64 " bytes of an unfinished commit at the end do not count\n",
                    chain.value().cut_bytes);
    }
    std::printf(damaged ? "DAMAGED: %" PRIu64 " rows cannot be read\n" : "whole\n", damaged_rows);
    return damaged ? 1 : 0;
}

int journal_new_node(FileSystem& fs, std::string const& dir, bool yes) {
    auto const chain = chain_of(fs, dir);
    if (!chain) return fail_with(chain.error());
    auto const& old_node = chain.value().segments.back().header.node;
    if (!yes) {
        std::printf("node %s ends at seq %" PRIu64
                    "; what comes then is to have a new node and begin at seq 1\n"
                    "nothing was changed; repeat with --yes to do it\n",
                    old_node.c_str(), chain.value().end.seq - 1);
        return 1;
    }
    if (auto const done = become_owner(dir); !done) return fail_with(done.error());
    log::configure(log::Level::warn, log::Format::text);
    auto const lanes = journal::read_lanes(fs, dir);
    if (!lanes) return fail_with(lanes.error());
    journal::Options options;
    options.dir = dir;
    auto const journal = journal::Journal::open(
        fs, system_clock(), options, journal::furthest(lanes.value()), journal::Naming::new_node);
    if (!journal) {
        return fail_with(journal.error().code == Errc::exists ? server_runs_in(dir)
                                                              : journal.error());
    }
    if (journal.value()->health() != journal::Health::ok) return 2;  // the log says why
    std::printf("node %s is followed by %s\n", old_node.c_str(), journal.value()->node().c_str());
    return 0;
}

namespace {

// Of the present node: where the lane goes on.
std::uint64_t next_seq(journal::LaneState const& state, journal::Chain const& chain) {
    bool const same_node = state.node == chain.segments.back().header.node;
    return same_node ? std::clamp<std::uint64_t>(state.cursor.seq, 1, chain.end.seq) : 1;
}

}  // namespace

int sink_ls(FileSystem& fs, std::string const& dir) {
    auto const lanes = journal::read_lanes(fs, dir);
    if (!lanes) return fail_with(lanes.error());
    auto const chain = chain_of(fs, dir);
    if (!chain) return fail_with(chain.error());
    std::printf("%-17s %-14s %14s %14s %14s %14s %14s %14s %14s\n", "lane", "node", "next seq",
                "pending", "delivered", "quarantined", "detached", "damaged", "other types");
    for (auto const& lane : lanes.value()) {
        auto const& state = lane.state;
        auto const next = next_seq(state, chain.value());
        auto const pending = state.is_detached ? 0 : chain.value().end.seq - next;
        std::printf("%-17s %-14s %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " %14" PRIu64 " %14" PRIu64
                    " %14" PRIu64 " %14" PRIu64 "%s\n",
                    lane.name.c_str(), state.node.empty() ? "-" : state.node.c_str(), next, pending,
                    state.delivered, state.quarantined, state.detached, state.damaged,
                    state.other_types, state.is_detached ? "  detached" : "");
    }
    return 0;
}

namespace {

// Preview and deed: whether it is done. Errors: exists if a server runs there.
Result<bool> detach(FileSystem& fs, std::string const& dir, journal::StoredLane const& lane,
                    bool yes) {
    TRY(auto lock, fs.open(join_path(dir, "lock"), OpenMode::read_write));
    if (!lock->lock()) return server_runs_in(dir);
    TRY(auto const chain, chain_of(fs, dir));
    auto const& node = chain.segments.back().header.node;
    auto const from = next_seq(lane.state, chain);
    std::printf("lane %s will miss %" PRIu64 " rows: node %s, seq %" PRIu64 " to %" PRIu64 "%s\n",
                lane.name.c_str(), chain.end.seq - from, node.c_str(), from, chain.end.seq - 1,
                lane.state.node == node ? "" : ", and what is left of earlier nodes");
    if (!yes) {
        std::printf("nothing was changed; repeat with --yes to give them up\n");
        return false;
    }
    lock.reset();
    TRY(become_owner(dir));
    log::configure(log::Level::warn, log::Format::text);
    journal::Options options;
    options.dir = dir;
    auto const done = journal::detach(fs, system_clock(), options, lane.name);
    if (!done && done.error().code == Errc::exists) return server_runs_in(dir);
    TRY(auto const after, done);
    std::printf("detached: it would go on with node %s, seq %" PRIu64 "\n", after.node.c_str(),
                after.cursor.seq);
    return true;
}

}  // namespace

int sink_detach(FileSystem& fs, std::string const& dir, std::string const& lane, bool yes) {
    auto const lanes = journal::read_lanes(fs, dir);
    if (!lanes) return fail_with(lanes.error());
    for (auto const& stored : lanes.value()) {
        if (stored.name != lane) continue;
        auto const done = detach(fs, dir, stored, yes);
        if (!done) return fail_with(done.error());
        return done.value() ? 0 : 1;
    }
    std::fprintf(stderr, "inlet: no lane named \"%s\" in %s; `inlet sink ls` lists them\n",
                 lane.c_str(), dir.c_str());
    return 1;
}

}  // namespace inlet::app
