#include "verify/node_rows.hpp"

#include <algorithm>

namespace inlet::verify {
namespace {

void count_missing(SeqSet const& seen, std::uint64_t to, NodeReport& node) {
    if (to == 0) return;
    seen.each_gap({1, to}, [&](SeqRange gap) {
        node.missing += gap.size();
        if (node.gaps.size() < kMaxListed) node.gaps.push_back(gap);
    });
}

void compare_with_journal(SeqSet const& seen, JournalTail const& journal, std::uint64_t asked_to,
                          NodeReport& node) {
    if (journal.last_seq > asked_to) {
        seen.each_gap({asked_to + 1, journal.last_seq},
                      [&](SeqRange gap) { node.pending += gap.size(); });
    }
    seen.each_run([&](SeqRange run) {
        if (run.last <= journal.last_seq) return;
        node.unknown_to_journal += run.last - std::max(run.first - 1, journal.last_seq);
    });
}

}  // namespace

NodeReport summarize(NodeRows const& rows, std::optional<JournalTail> const& journal) {
    NodeReport node;
    for (auto const kind : {event::Kind::track, event::Kind::alias, event::Kind::profile}) {
        auto const& type = rows.types[static_cast<std::size_t>(kind)];
        if (type.rows > 0) node.types.emplace(event::to_string(kind), type);
    }
    node.rows = rows.rows;
    node.distinct = rows.seen.size();
    if (node.distinct > 0) {
        node.first_seq = rows.seen.first();
        node.last_seq = rows.seen.last();
    }
    rows.seen.each_run([&](SeqRange run) {
        if (run.first == 1) node.complete_to_seq = run.last;
    });
    node.journal = journal;
    // What the lane has not handled yet may be here in part: of several objects of a batch some are.
    auto const asked_to = journal && journal->handled_seq ? *journal->handled_seq : node.last_seq;
    count_missing(rows.seen, asked_to, node);
    if (journal) compare_with_journal(rows.seen, *journal, asked_to, node);
    return node;
}

}  // namespace inlet::verify
