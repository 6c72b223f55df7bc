#include "base/json_text.hpp"
#include "verify/report.hpp"

namespace inlet::verify {
namespace {

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::complete:
            return "complete";
        case Verdict::missing_or_conflicting:
            return "missing_or_conflicting";
        case Verdict::unreadable:
            return "unreadable";
    }
    return "";
}

void add_types(JsonWriter& json, NodeReport const& node) {
    json.key("types");
    json.open('{');
    for (auto const& [name, type] : node.types) {
        json.key(name);
        json.open('{');
        json.member("rows", type.rows);
        json.member("objects", type.objects);
        json.member("first_seq", type.first_seq);
        json.member("last_seq", type.last_seq);
        json.close('}');
    }
    json.close('}');
}

void add_gaps(JsonWriter& json, NodeReport const& node) {
    json.key("gaps");
    json.open('[');
    for (auto const& gap : node.gaps) {
        json.open('{');
        json.member("first_seq", gap.first);
        json.member("last_seq", gap.last);
        json.close('}');
    }
    json.close(']');
}

void add_journal(JsonWriter& json, NodeReport const& node) {
    json.key("journal");
    if (!node.journal) return json.null();
    json.open('{');
    json.member("last_seq", node.journal->last_seq);
    json.key("handled_seq");
    if (node.journal->handled_seq)
        json.number(*node.journal->handled_seq);
    else
        json.null();
    json.member("quarantined", node.journal->quarantined);
    json.member("detached", node.journal->detached);
    json.member("damaged", node.journal->damaged);
    json.close('}');
}

void add_node(JsonWriter& json, std::string_view name, NodeReport const& node) {
    json.open('{');
    json.member("node", name);
    json.member("rows", node.rows);
    json.member("distinct", node.distinct);
    json.member("repeats", node.repeats);
    json.member("conflicts", node.conflicts);
    json.member("first_seq", node.first_seq);
    json.member("last_seq", node.last_seq);
    json.member("missing", node.missing);
    json.member("complete_to_seq", node.complete_to_seq);
    json.member("complete_to_time", node.complete_to_time);
    json.member("tail_proven", node.journal.has_value());
    json.member("pending", node.pending);
    json.member("unknown_to_journal", node.unknown_to_journal);
    add_types(json, node);
    add_gaps(json, node);
    add_journal(json, node);
    json.close('}');
}

void add_problems(JsonWriter& json, Report const& report) {
    json.key("problems");
    json.open('[');
    for (auto const& problem : report.problems) {
        json.open('{');
        json.member("kind", to_string(problem.kind));
        json.member("object", problem.object);
        json.key("line");
        if (problem.line != 0)
            json.number(problem.line);
        else
            json.null();
        json.member("detail", problem.detail);
        json.close('}');
    }
    json.close(']');
}

}  // namespace

std::string as_json(Report const& report) {
    std::string out;
    JsonWriter json(out);
    json.open('{');
    json.member("place", report.place);
    json.member("verdict", name_of(report.verdict()));
    json.member("objects", report.objects);
    json.member("stored_bytes", report.stored_bytes);
    json.member("rows", report.rows);
    json.key("nodes");
    json.open('[');
    for (auto const& [name, node] : report.nodes) add_node(json, name, node);
    json.close(']');
    json.key("counts");
    json.open('{');
    for (std::size_t i = 0; i < kProblemKinds; ++i) {
        json.member(to_string(static_cast<ProblemKind>(i)), report.counts[i]);
    }
    json.close('}');
    add_problems(json, report);
    json.close('}');
    out += '\n';
    return out;
}

}  // namespace inlet::verify
