#include "verify/report.hpp"

#include <algorithm>

namespace inlet::verify {

std::string_view to_string(ProblemKind kind) {
    switch (kind) {
        case ProblemKind::unreadable_object:
            return "unreadable object";
        case ProblemKind::unreadable_line:
            return "unreadable line";
        case ProblemKind::conflict:
            return "conflict";
        case ProblemKind::misplaced:
            return "misplaced row";
        case ProblemKind::foreign_file:
            return "foreign file";
        case ProblemKind::foreign_name:
            return "foreign name";
    }
    return "";
}

void Report::add(Problem problem) {
    auto const seen = ++counts[static_cast<std::size_t>(problem.kind)];
    if (seen <= kMaxListed) problems.push_back(std::move(problem));
}

Verdict Report::verdict() const {
    if (count(ProblemKind::unreadable_object) + count(ProblemKind::unreadable_line) > 0) {
        return Verdict::unreadable;
    }
    bool const wrong = std::any_of(nodes.begin(), nodes.end(), [](auto const& entry) {
        auto const& node = entry.second;
        return node.missing + node.conflicts + node.unknown_to_journal > 0;
    });
    if (wrong || count(ProblemKind::misplaced) > 0) return Verdict::missing_or_conflicting;
    return Verdict::complete;
}

}  // namespace inlet::verify
