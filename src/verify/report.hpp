// report.hpp - what was found in a lake, and how it is told.
// Bounds: lists hold the first kMaxListed of each sort; the counts are always of all.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "verify/seq_set.hpp"

namespace inlet::verify {

inline constexpr std::size_t kMaxListed = 100;

// The exit status of `inlet lake verify`.
enum class Verdict : std::uint8_t { complete = 0, missing_or_conflicting = 1, unreadable = 2 };

enum class ProblemKind : std::uint8_t {
    unreadable_object,  // cannot be read, or not to its end
    unreadable_line,    // torn, too long, or no row
    conflict,           // one (node, seq), two contents
    misplaced,          // a row whose object's name does not speak of it
    foreign_file,       // no rows file by its name: left alone
    foreign_name,       // rows, but not named as inlet names them: read all the same
};
inline constexpr std::size_t kProblemKinds = 6;

std::string_view to_string(ProblemKind kind);

struct Problem {
    ProblemKind kind;
    std::string object;      // key
    std::uint64_t line = 0;  // 0: the whole object
    std::string detail;
};

struct TypeReport {
    std::uint64_t rows = 0;
    std::uint64_t objects = 0;
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;
};

// What the journal says about a node.
struct JournalTail {
    std::string node;
    std::uint64_t last_seq = 0;  // the last acknowledged row; 0: none yet
    // The lane's cursor: rows up to here were handled, and those that were not brought were counted.
    std::optional<std::uint64_t> handled_seq = std::nullopt;
    std::uint64_t quarantined = 0;
    std::uint64_t detached = 0;
    std::uint64_t damaged = 0;
};

struct NodeReport {
    std::map<std::string, TypeReport, std::less<>> types;
    std::uint64_t rows = 0;       // lines
    std::uint64_t distinct = 0;   // sequence numbers
    std::uint64_t repeats = 0;    // lines that another one equals: legal with at-least-once sinks
    std::uint64_t conflicts = 0;  // sequence numbers with different contents
    std::uint64_t first_seq = 0;  // 0: no rows
    std::uint64_t last_seq = 0;
    std::uint64_t missing = 0;           // rows that should be here
    std::vector<SeqRange> gaps;          // these, up to kMaxListed
    std::uint64_t complete_to_seq = 0;   // all from 1 to here are there
    std::string complete_to_time;        // when the last of them was received
    std::optional<JournalTail> journal;  // nothing: the tail is unproven
    std::uint64_t pending = 0;           // acknowledged, still the journal's
    std::uint64_t unknown_to_journal =
        0;  // rows after its end: another journal, or an older copy of it
};

struct Report {
    std::string place;
    std::uint64_t objects = 0;
    std::uint64_t stored_bytes = 0;
    std::uint64_t rows = 0;
    std::map<std::string, NodeReport, std::less<>> nodes;
    std::array<std::uint64_t, kProblemKinds> counts = {};  // by ProblemKind
    std::vector<Problem> problems;
    bool journal_given = false;

    void add(Problem problem);
    [[nodiscard]] std::uint64_t count(ProblemKind kind) const {
        return counts[static_cast<std::size_t>(kind)];
    }
    [[nodiscard]] Verdict verdict() const;
};

// For people: plain text, aligned.
std::string as_text(Report const& report);
// One JSON object with a line feed.
std::string as_json(Report const& report);

}  // namespace inlet::verify
