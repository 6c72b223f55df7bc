#include "sim/oracle.hpp"

#include <algorithm>

#include "sim/rows.hpp"

namespace inlet::sim {
namespace {

std::string row_name(std::uint64_t number) {
    return "row " + std::to_string(number);
}

}  // namespace

Oracle::Oracle(Trace& trace, std::vector<LaneKind> lanes, std::uint64_t poisoned_row)
    : trace_(trace), lanes_(std::move(lanes)), poisoned_row_(poisoned_row) {}

std::uint64_t Oracle::make_row(event::Kind kind, std::size_t padding) {
    auto const number = sent_.size() + 1;
    sent_.push_back({.kind = kind,
                     .stored = stored_row(kind, number, padding, number == poisoned_row_),
                     .lanes = std::vector<InLane>(lanes_.size())});
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane)
        sent_.back().lanes[lane].may_miss = away_.test(lane);
    return number;
}

std::string const& Oracle::stored(std::uint64_t number) const {
    return sent_[number - 1].stored;
}

void Oracle::refused(std::uint64_t first, std::uint64_t count) {
    for (auto number = first; number < first + count; ++number)
        sent_[number - 1].answer = Answer::refused;
}

void Oracle::acknowledged(std::uint64_t first, std::uint64_t count, std::string const& node,
                          std::uint64_t last_seq) {
    acknowledged_ += count;
    auto seq = last_seq - count;
    for (auto number = first; number < first + count; ++number) {
        auto& sent = sent_[number - 1];
        sent.answer = Answer::acknowledged;
        bind(sent, number, {node, ++seq});
    }
}

void Oracle::bind(Sent& sent, std::uint64_t number, Place const& place) {
    auto const [given, is_new] = given_.emplace(place, number);
    if (given->second != number) {
        trace_.violate("I9 numbers", "seq " + std::to_string(place.second) + " was given to " +
                                         row_name(given->second) + " and again to " +
                                         row_name(number));
    }
    if (sent.place.second != 0 && sent.place != place) {
        trace_.violate("I9 numbers", row_name(number) + " has seq " +
                                         std::to_string(sent.place.second) + " and again seq " +
                                         std::to_string(place.second));
    }
    sent.place = place;
}

Oracle::Sent* Oracle::recognise(std::size_t lane, std::string_view line) {
    auto const& name = lanes_[lane].name;
    auto const row = parse_arrived(line);
    if (!row || row->number == 0 || row->number > sent_.size()) {
        trace_.violate("I2 no invention", name + " holds a line that nobody sent");
        return nullptr;
    }
    auto& sent = sent_[row->number - 1];
    if (sent.kind != row->kind || line != arrived_form(sent.stored, *row)) {
        trace_.violate("I2 no invention", row_name(row->number) + " arrived changed at " + name);
        return nullptr;
    }
    if (sent.answer == Answer::refused) {
        trace_.violate("I2 no invention",
                       row_name(row->number) + " was refused, and arrived at " + name);
        return nullptr;
    }
    Place const place = {std::string(row->node), row->seq};
    bind(sent, row->number, place);
    auto const [known, is_new] = received_.emplace(place, row->received_at_ms);
    if (known->second != row->received_at_ms) {
        trace_.violate("I2 no invention",
                       row_name(row->number) + " arrived with two times of receipt");
    }
    return &sent;
}

void Oracle::arrived(std::size_t lane, std::string_view line) {
    auto* const sent = recognise(lane, line);
    if (sent == nullptr) return;
    auto const& kind = lanes_[lane];
    auto& here = sent->lanes[lane];
    auto const number = static_cast<std::uint64_t>(sent - sent_.data()) + 1;
    if (!takes(lane, *sent))
        trace_.violate("I2 no invention", row_name(number) + " is not of the type of " + kind.name);
    if (++here.copies == 1) here.ends_at_first = ends_;
    auto const most = kind.exactly_once ? 1 : 1 + here.may_be_more + (ends_ - here.ends_at_first);
    if (here.copies > most) {
        trace_.violate("I3 duplicates", row_name(number) + " is " + std::to_string(here.copies) +
                                            " times in " + kind.name + ", at most " +
                                            std::to_string(most) + " can be explained");
    }
}

void Oracle::set_aside(std::size_t lane, std::string_view line) {
    auto* const sent = recognise(lane, line);
    if (sent == nullptr) return;
    if (sent - sent_.data() + 1 != static_cast<std::ptrdiff_t>(poisoned_row_))
        trace_.violate("I4 accounting", lanes_[lane].name + " set a row aside that nobody refused");
    sent->lanes[lane].is_aside = true;
}

void Oracle::unclear(std::size_t lane, std::string_view line) {
    auto* const sent = recognise(lane, line);
    if (sent != nullptr) ++sent->lanes[lane].may_be_more;
}

void Oracle::detached(std::size_t lane) {
    detached_.set(lane);
    away_.set(lane);
    for (auto& sent : sent_) sent.lanes[lane].may_miss = true;
}

void Oracle::damaged(std::string const& node, std::uint64_t first_seq, std::uint64_t rows) {
    for (auto seq = first_seq; seq < first_seq + rows; ++seq) damage_.emplace(node, seq);
}

bool Oracle::takes(std::size_t lane, Sent const& sent) const {
    return lanes_[lane].type.empty() || lanes_[lane].type == event::to_string(sent.kind);
}

bool Oracle::misses(std::size_t lane, Sent const& sent) const {
    auto const& here = sent.lanes[lane];
    return takes(lane, sent) && here.copies == 0 && !here.is_aside;
}

bool Oracle::all_may_miss(Sent const& sent) const {
    for (std::size_t lane = 0; lane < lanes_.size(); ++lane)
        if (takes(lane, sent) && !sent.lanes[lane].may_miss) return false;
    return true;
}

void Oracle::judge_rows() {
    for (std::uint64_t number = 1; number <= sent_.size(); ++number) {
        auto const& sent = sent_[number - 1];
        if (sent.answer != Answer::acknowledged || damage_.contains(sent.place)) continue;
        for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
            if (sent.lanes[lane].may_miss || !misses(lane, sent)) continue;
            trace_.violate("I1 no loss",
                           row_name(number) + " (seq " + std::to_string(sent.place.second) +
                               ") was acknowledged and is not in " + lanes_[lane].name);
            return;
        }
    }
}

void Oracle::judge_lane(std::size_t lane, std::string const& node, LaneAccount const& account,
                        std::uint64_t next_seq) {
    auto const& name = lanes_[lane].name;
    std::uint64_t here = 0;
    std::uint64_t aside = 0;
    std::uint64_t seen = 0;
    std::uint64_t missed = 0;
    std::uint64_t may_miss = 0;      // whether or not it did
    std::uint64_t must_be_here = 0;  // and counted as delivered
    std::uint64_t unheard = 0;       // nobody has heard of these, and nobody need have
    for (auto const& sent : sent_) {
        auto const& in_lane = sent.lanes[lane];
        if (sent.place.second == 0 && sent.answer != Answer::refused && all_may_miss(sent))
            ++unheard;
        if (sent.place.first != node || sent.place.second == 0) continue;
        ++seen;
        here += in_lane.copies > 0 ? 1 : 0;
        aside += in_lane.is_aside ? 1 : 0;
        missed += misses(lane, sent) && !damage_.contains(sent.place) ? 1 : 0;
        may_miss += in_lane.may_miss ? 1 : 0;
        must_be_here += in_lane.copies > 0 && !in_lane.may_miss ? 1 : 0;
    }
    std::uint64_t damage = 0;
    std::uint64_t damage_unseen = 0;
    for (auto const& place : damage_) {
        if (place.first != node) continue;
        ++damage;
        if (!given_.contains(place)) ++damage_unseen;
    }
    bool const was_detached = detached_.test(lane);
    auto const rows = next_seq - 1;
    auto const sum = account.delivered + account.quarantined + account.detached + account.damaged +
                     account.other_types;
    auto const say = [&](std::string const& what) {
        trace_.violate("I4 accounting", name + " " + what);
    };
    if (account.next_seq != next_seq || sum != rows) {
        say("accounts for " + std::to_string(sum) + " of " + std::to_string(rows) + " rows");
    } else if (!was_detached && account.detached != 0) {
        say("says that it missed " + std::to_string(account.detached) + " rows");
    } else if (was_detached &&
               (account.detached < missed || account.detached > may_miss + unheard)) {
        say("says that it missed " + std::to_string(account.detached) + " rows, it missed " +
            std::to_string(missed) + " of " + std::to_string(may_miss));
    } else if (account.damaged > damage) {
        say("says that " + std::to_string(account.damaged) + " rows are damaged, " +
            std::to_string(damage) + " are");
    } else if (account.delivered > here || (damage == 0 && account.delivered < must_be_here)) {
        say("says that it delivered " + std::to_string(account.delivered) + " rows, " +
            std::to_string(here) + " arrived");
    } else if (account.quarantined > aside ||
               (damage == 0 && !was_detached && account.quarantined != aside)) {
        say("says that it set " + std::to_string(account.quarantined) + " rows aside, " +
            std::to_string(aside) + " are there");
    }
    // Some lane takes each row, so every seq must have been seen somewhere; unless those lanes were detached then, and
    // nobody was told of the row.
    auto const known = seen + damage_unseen;
    if (known > rows || known + unheard < rows) {
        trace_.violate("I9 numbers", "the journal gave " + std::to_string(rows) + " seqs, " +
                                         std::to_string(seen) + " rows have one");
    }
}

}  // namespace inlet::sim
