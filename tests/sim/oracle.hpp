// oracle.hpp - what was promised to clients and what became of it, kept outside of the process: it survives every
// crash, and judges. The invariants:
//   I1 no loss           each acknowledged row arrives at every lane that takes it
//   I2 no invention      each row that arrives is, byte by byte, one that was sent and not refused
//   I3 duplicates        none in objects; in a delivery stream only after a send or a process that ended unclear
//   I4 accounting        a lane's counts are what arrived, and add up
//   I6 always starts     whatever a crash left, the process starts when the disk works
//   I8 liveness          without faults everything is delivered within a bounded time
//   I9 numbers           a (node, seq) is given once; no gaps
// (Of I5, bounds, the simulation looks at the disk; its bounds of memory and I7, honest health, are tested from outside.)
// Threads: one.
#pragma once

#include <bitset>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/event.hpp"
#include "sim/trace.hpp"

namespace inlet::sim {

struct LaneKind {
    std::string name;
    std::string type;   // of the rows that it takes; empty: all
    bool exactly_once;  // objects
};

using LaneSet = std::bitset<5>;  // the most that a run has

// What a lane says of itself, of the journal's present node.
struct LaneAccount {
    std::uint64_t delivered;
    std::uint64_t quarantined;
    std::uint64_t detached;
    std::uint64_t damaged;
    std::uint64_t other_types;
    std::uint64_t next_seq;
};

class Oracle {
  public:
    Oracle(Trace& trace, std::vector<LaneKind> lanes, std::uint64_t poisoned_row);

    // A client makes a row; its number.
    std::uint64_t make_row(event::Kind kind, std::size_t padding);
    [[nodiscard]] std::string const& stored(std::uint64_t number) const;

    // What the journal answered for the rows [first, first + count) of one request.
    void refused(std::uint64_t first, std::uint64_t count);
    void acknowledged(std::uint64_t first, std::uint64_t count, std::string const& node,
                      std::uint64_t last_seq);

    // A line that stands in a lane's destination.
    void arrived(std::size_t lane, std::string_view line);
    // A line that a lane has set aside.
    void set_aside(std::size_t lane, std::string_view line);
    // It is not known whether this row arrived: it may be sent again.
    void unclear(std::size_t lane, std::string_view line);
    // The process ended without being asked: what was under way may be done again.
    void process_ended() { ++ends_; }
    // Somebody gave up, or tried to, what a lane still had to bring: it may miss rows, but must know how many. Until it
    // is back with its sink.
    void detached(std::size_t lane);
    void attached(std::size_t lane) { away_.reset(lane); }
    // A fault hit these rows after they had been synced.
    void damaged(std::string const& node, std::uint64_t first_seq, std::uint64_t rows);
    [[nodiscard]] bool any_damage() const { return !damage_.empty(); }

    // When everything is delivered: `next_seq` is the journal's.
    void judge_lane(std::size_t lane, std::string const& node, LaneAccount const& account,
                    std::uint64_t next_seq);
    void judge_rows();

    [[nodiscard]] std::vector<LaneKind> const& lanes() const { return lanes_; }
    [[nodiscard]] std::uint64_t acknowledged_rows() const { return acknowledged_; }

  private:
    using Place = std::pair<std::string, std::uint64_t>;  // node, seq
    enum class Answer : std::uint8_t { none, refused, acknowledged };
    struct InLane {
        std::uint64_t copies = 0;
        std::uint64_t may_be_more = 0;    // sends whose outcome was unclear
        std::uint64_t ends_at_first = 0;  // how often the process had ended when it first arrived
        bool is_aside = false;
        bool may_miss = false;
    };
    struct Sent {
        event::Kind kind;
        std::string stored;
        Answer answer = Answer::none;
        Place place = {};  // seq 0: not known
        std::vector<InLane> lanes = {};
    };

    [[nodiscard]] bool misses(std::size_t lane, Sent const& sent) const;
    [[nodiscard]] bool all_may_miss(Sent const& sent) const;
    [[nodiscard]] bool takes(std::size_t lane, Sent const& sent) const;
    // The sent row that stands in `line`, whole and in its place; null after a violation.
    Sent* recognise(std::size_t lane, std::string_view line);
    void bind(Sent& sent, std::uint64_t number, Place const& place);

    Trace& trace_;
    std::vector<LaneKind> lanes_;
    std::uint64_t poisoned_row_;
    std::vector<Sent> sent_;  // by number - 1
    std::map<Place, std::uint64_t> given_;
    std::map<Place, std::int64_t> received_;
    std::set<Place> damage_;
    LaneSet detached_;  // at some time
    LaneSet away_;      // now
    std::uint64_t ends_ = 0;
    std::uint64_t acknowledged_ = 0;
};

}  // namespace inlet::sim
