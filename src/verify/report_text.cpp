#include <algorithm>
#include <vector>

#include "base/json_text.hpp"
#include "verify/report.hpp"

namespace inlet::verify {
namespace {

// "1234567" -> "1,234,567"
std::string grouped(std::uint64_t number) {
    auto text = std::to_string(number);
    for (auto at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
    return text;
}

// A key may hold anything; a report is for terminals.
std::string printable(std::string_view text) {
    std::string escaped;
    append_json_string(escaped, text);
    return escaped.substr(1, escaped.size() - 2);
}

using Cells = std::vector<std::string>;

// The first column to the left, the others, numbers, to the right.
std::string table(std::vector<Cells> const& rows) {
    std::vector<std::size_t> widths(rows.front().size(), 0);
    for (auto const& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::string out;
    for (auto const& row : rows) {
        out += "  " + row[0] + std::string(widths[0] - row[0].size(), ' ');
        for (std::size_t i = 1; i < row.size(); ++i) {
            out += "  " + std::string(widths[i] - row[i].size(), ' ') + row[i];
        }
        out += '\n';
    }
    return out;
}

std::string types_table(NodeReport const& node) {
    std::vector<Cells> rows = {{"type", "rows", "objects", "first seq", "last seq"}};
    for (auto const& [name, type] : node.types) {
        rows.push_back({name, grouped(type.rows), grouped(type.objects), grouped(type.first_seq),
                        grouped(type.last_seq)});
    }
    rows.push_back(
        {"all", grouped(node.rows), "", grouped(node.first_seq), grouped(node.last_seq)});
    return table(rows);
}

std::string range_text(SeqRange range) {
    if (range.first == range.last) return "seq " + grouped(range.first);
    return "seq " + grouped(range.first) + " to " + grouped(range.last) + " (" +
           grouped(range.size()) + ")";
}

std::string horizon_text(NodeReport const& node) {
    if (node.complete_to_seq == 0 && node.missing == 0) return "  nothing is here yet\n";
    if (node.complete_to_seq == 0) return "  not complete from its first row on\n";
    auto text = "  complete up to seq " + grouped(node.complete_to_seq);
    if (!node.complete_to_time.empty()) text += ", received " + node.complete_to_time;
    return text + "\n";
}

std::string tail_text(NodeReport const& node, bool journal_given) {
    if (!node.journal) {
        return std::string("  tail unproven: ") +
               (journal_given ? "the journal is of another node"
                              : "whether later rows were acknowledged, "
                                "only the journal knows (--journal)") +
               "\n";
    }
    auto const& journal = *node.journal;
    auto text = "  the journal acknowledged rows up to seq " + grouped(journal.last_seq);
    if (node.pending > 0)
        text += "; " + grouped(node.pending) + " of them are still to be delivered";
    text += '\n';
    if (node.unknown_to_journal > 0) {
        text += "  " + grouped(node.unknown_to_journal) +
                " rows are newer than the journal: it is another one, or an older copy\n";
    }
    if (journal.quarantined + journal.detached + journal.damaged > 0) {
        text += "  by the journal's account not brought here: " + grouped(journal.quarantined) +
                " quarantined, " + grouped(journal.detached) + " detached, " +
                grouped(journal.damaged) + " damaged\n";
    }
    return text;
}

std::string missing_text(NodeReport const& node) {
    if (node.missing == 0) return "";
    auto text = "  MISSING " + grouped(node.missing) + " rows:\n";
    for (auto const& gap : node.gaps) {
        text += "    " + range_text(gap);
        if (gap.first == 1 && node.first_seq > 1)
            text += ", before the oldest row here: lost or expired";
        text += '\n';
    }
    if (node.gaps.size() == kMaxListed) text += "    and perhaps more\n";
    return text;
}

std::string node_text(std::string_view name, NodeReport const& node, bool journal_given) {
    auto text = "\nnode " + printable(name) + "\n" + types_table(node);
    text += horizon_text(node);
    text += tail_text(node, journal_given);
    text += missing_text(node);
    if (node.conflicts > 0)
        text += "  CONFLICT: " + grouped(node.conflicts) + " seq with different contents\n";
    if (node.repeats > 0)
        text += "  " + grouped(node.repeats) + " repeated rows, equal to the first: harmless\n";
    return text;
}

std::string problems_text(Report const& report) {
    if (report.problems.empty()) return "";
    std::string text = "\nproblems\n";
    for (std::size_t i = 0; i < kProblemKinds; ++i) {
        if (report.counts[i] == 0) continue;
        text += "  " + std::string(to_string(static_cast<ProblemKind>(i))) + ": " +
                grouped(report.counts[i]) + "\n";
        for (auto const& problem : report.problems) {
            if (problem.kind != static_cast<ProblemKind>(i)) continue;
            text += "    " + printable(problem.object);
            if (problem.line != 0) text += ":" + std::to_string(problem.line);
            text += ": " + printable(problem.detail) + "\n";
        }
        if (report.counts[i] > kMaxListed)
            text += "    ... only the first " + std::to_string(kMaxListed) + " are shown\n";
    }
    return text;
}

std::string verdict_text(Report const& report) {
    switch (report.verdict()) {
        case Verdict::complete:
            if (report.rows == 0) {
                return report.journal_given
                           ? "EMPTY: no row is here, and none that counts as delivered is missing"
                           : "EMPTY: no row is here; whether any should be, only the journal knows "
                             "(--journal)";
            }
            return "COMPLETE: every row up to the horizon is here, once or repeated with equal "
                   "content";
        case Verdict::missing_or_conflicting:
            return "NOT COMPLETE: rows are missing, misplaced or conflicting";
        case Verdict::unreadable:
            return "UNREADABLE: something here could not be read, so nothing is proved";
    }
    return "";
}

}  // namespace

std::string as_text(Report const& report) {
    std::string text = printable(report.place) + ": " + grouped(report.rows) + " rows in " +
                       grouped(report.objects) + " objects of " + grouped(report.stored_bytes) +
                       " bytes\n";
    for (auto const& [name, node] : report.nodes)
        text += node_text(name, node, report.journal_given);
    text += problems_text(report);
    text += "\n" + verdict_text(report) + "\n";
    text +=
        "(Ids are not compared across rows: a client's retry is a second row with the same id.)\n";
    return text;
}

}  // namespace inlet::verify
