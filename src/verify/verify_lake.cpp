#include "verify/verify_lake.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_map>

#include "base/sha256.hpp"
#include "event/row_reader.hpp"
#include "verify/journal_witness.hpp"
#include "verify/lake_listing.hpp"
#include "verify/node_rows.hpp"
#include "verify/object_lines.hpp"

namespace inlet::verify {
namespace {

std::uint64_t content_hash(std::string_view line) {
    auto const digest = sha256(line);
    std::uint64_t hash = 0;
    std::memcpy(&hash, digest.data(), sizeof(hash));
    return hash;
}

using NodeMap = std::map<std::string, NodeRows, std::less<>>;

class LakeReader {
  public:
    LakeReader(sink::ObjectStore& store, LakeQuestion const& question, Progress const& progress)
        : store_(store), question_(question), progress_(progress) {}

    Result<Report> run() {
        report_.place = question_.place;
        std::optional<JournalWitness> witness;
        if (question_.journal) {
            report_.journal_given = true;
            witness.emplace(question_.journal->fs, question_.journal->dir, question_.journal->lane);
            note_journal_error(witness->read_lane());
        }
        TRY(objects_, list_lake(store_, question_.pass_over_hidden));
        for (auto const& object : objects_) total_bytes_ += object.bytes;
        for (auto const& object : objects_) read_object(object);
        std::optional<JournalTail> tail;
        if (witness) {
            auto read = witness->read_tail();
            note_journal_error(read);
            if (read) tail = std::move(read).value();
        }
        summarize_nodes(tail);
        return std::move(report_);
    }

  private:
    // A node's rows in the object that is being read.
    struct Touched {
        std::string_view name;
        NodeRows* rows;
        SeqRange range;
        std::array<bool, 4> kinds = {};  // by event::Kind
    };

    template <class T>
    void note_journal_error(Result<T> const& result) {
        if (result) return;
        report_.add(
            {ProblemKind::unreadable_object, question_.journal->dir, 0, result.error().message()});
    }

    void note(ProblemKind kind, ListedObject const& object, std::uint64_t line,
              std::string detail) {
        report_.add({kind, object.key, line, std::move(detail)});
    }

    void count_bytes(std::size_t n) {
        done_bytes_ += n;
        progress_(done_bytes_, total_bytes_);
    }

    // Calls take(fields, line) for each row of an object.
    template <class Take>
    Result<void> each_row(ListedObject const& object, Take const& take) {
        return read_lines(
            store_, object.key, *object.codec,
            [&](Line const& line) -> Result<void> {
                if (line.state == Line::State::too_long) return take(std::nullopt, line);
                return take(reader_.read(line.text), line);
            },
            [&](std::size_t n) { count_bytes(n); });
    }

    void read_object(ListedObject const& object) {
        if (!object.codec) return note(ProblemKind::foreign_file, object, 0, "not read");
        if (!object.name) note(ProblemKind::foreign_name, object, 0, "read all the same");
        ++report_.objects;
        report_.stored_bytes += object.bytes;
        touched_.clear();
        auto const rows_before = report_.rows;
        auto const lines_before = report_.count(ProblemKind::unreadable_line);
        auto const read =
            each_row(object, [&](std::optional<event::RowFields> const& row, Line const& line) {
                take_row(object, row, line);
                return Result<void>(success());
            });
        if (!read) note(ProblemKind::unreadable_object, object, 0, read.error().message());
        auto const found =
            report_.rows - rows_before + report_.count(ProblemKind::unreadable_line) - lines_before;
        if (read && found == 0)
            note(ProblemKind::unreadable_object, object, 0, "empty: inlet writes no such object");
        for (auto const& touched : touched_) {
            touched.rows->places.push_back({&object, touched.range});
            for (std::size_t kind = 0; kind < touched.kinds.size(); ++kind) {
                if (touched.kinds[kind]) ++touched.rows->types[kind].objects;
            }
        }
    }

    void take_row(ListedObject const& object, std::optional<event::RowFields> const& row,
                  Line const& line) {
        if (line.state == Line::State::too_long) {
            return note(ProblemKind::unreadable_line, object, line.number, "longer than any row");
        }
        if (!row) return note(ProblemKind::unreadable_line, object, line.number, "no row");
        if (row->seq == 0)
            return note(ProblemKind::unreadable_line, object, line.number, "seq counts from 1");
        if (line.state == Line::State::not_ended) {
            note(ProblemKind::unreadable_line, object, line.number,
                 "the last line feed is missing");
        }
        ++report_.rows;
        auto& touched = touch(*row);
        touched.range.first = std::min(touched.range.first, row->seq);
        touched.range.last = std::max(touched.range.last, row->seq);
        touched.kinds[static_cast<std::size_t>(row->kind)] = true;
        touched.rows->add(row->kind, row->seq);
        check_place(object, *row, line);
    }

    Touched& touch(event::RowFields const& row) {
        for (auto& touched : touched_) {
            if (touched.name == row.node) return touched;  // nearly always the first
        }
        auto found = nodes_.find(row.node);
        if (found == nodes_.end()) found = nodes_.try_emplace(std::string(row.node)).first;
        touched_.push_back({found->first, &found->second, {row.seq, row.seq}});
        return touched_.back();
    }

    void check_place(ListedObject const& object, event::RowFields const& row, Line const& line) {
        auto const type = event::to_string(row.kind);
        if (!object.type.empty() && object.type != type) {
            note(ProblemKind::misplaced, object, line.number, "a row of type " + std::string(type));
        }
        auto const date = row.received_at.substr(0, 10);
        // Others name folders by their own time of arrival: only our names promise the date of receipt.
        if (object.name && object.date != date) {
            note(ProblemKind::misplaced, object, line.number, "received on " + std::string(date));
        }
        if (!object.name) return;
        auto const& name = *object.name;
        if (name.node != row.node || row.seq < name.first_seq || row.seq > name.last_seq) {
            note(ProblemKind::misplaced, object, line.number,
                 "row " + std::string(row.node) + "-" + std::to_string(row.seq) +
                     " is not in the range of the name");
        }
    }

    void summarize_nodes(std::optional<JournalTail> const& tail) {
        if (tail && tail->last_seq > 0) nodes_.try_emplace(tail->node);
        for (auto& [name, rows] : nodes_) {
            bool const is_journals = tail && tail->node == name;
            auto node = summarize(rows, is_journals ? tail : std::nullopt);
            compare_repeats(name, rows, node);
            find_horizon_time(name, rows, node);
            report_.nodes.emplace(name, std::move(node));
        }
    }

    // The first content found under a number.
    struct First {
        std::uint64_t hash;
        ListedObject const* object;
        std::uint64_t line;
        bool conflict = false;
    };

    void compare_repeats(std::string_view name, NodeRows const& rows, NodeReport& node) {
        std::optional<SeqRange> window;
        std::uint64_t in_window = 0;
        rows.repeated.each_run([&](SeqRange run) {
            while (true) {
                auto const room = question_.repeats_at_a_time - in_window;
                auto const last = run.size() <= room ? run.last : run.first + room - 1;
                window = {window ? window->first : run.first, last};
                in_window += last - run.first + 1;
                if (in_window < question_.repeats_at_a_time) return;
                compare_window(name, rows, *window, node);
                window.reset();
                in_window = 0;
                if (last == run.last) return;
                run.first = last + 1;
            }
        });
        if (window) compare_window(name, rows, *window, node);
    }

    void compare_window(std::string_view name, NodeRows const& rows, SeqRange window,
                        NodeReport& node) {
        std::unordered_map<std::uint64_t, First> firsts;
        for (auto const& place : rows.places) {
            if (place.range.last < window.first || place.range.first > window.last) continue;
            total_bytes_ += place.object->bytes;
            // An error was reported when the object was read first.
            (void)each_row(
                *place.object, [&](std::optional<event::RowFields> const& row, Line const& line) {
                    bool const ours = row && row->node == name && row->seq >= window.first &&
                                      row->seq <= window.last && rows.repeated.contains(row->seq);
                    if (ours) compare(firsts, *place.object, row->seq, line, node);
                    return Result<void>(success());
                });
        }
    }

    void compare(std::unordered_map<std::uint64_t, First>& firsts, ListedObject const& object,
                 std::uint64_t seq, Line const& line, NodeReport& node) {
        auto const hash = content_hash(line.text);
        auto const [place, is_first] = firsts.try_emplace(seq, First{hash, &object, line.number});
        if (is_first) return;
        auto& first = place->second;
        if (hash == first.hash) {
            ++node.repeats;
            return;
        }
        if (first.conflict) return;
        first.conflict = true;
        ++node.conflicts;
        note(ProblemKind::conflict, object, line.number,
             "seq " + std::to_string(seq) + " has other content than in " + first.object->key +
                 ":" + std::to_string(first.line));
    }

    void find_horizon_time(std::string_view name, NodeRows const& rows, NodeReport& node) {
        auto const seq = node.complete_to_seq;
        for (auto const& place : rows.places) {
            if (seq < place.range.first || seq > place.range.last) continue;
            total_bytes_ += place.object->bytes;
            (void)each_row(*place.object,
                           [&](std::optional<event::RowFields> const& row, Line const&) {
                               if (row && row->node == name && row->seq == seq)
                                   node.complete_to_time = row->received_at;
                               return Result<void>(success());
                           });
            if (!node.complete_to_time.empty()) return;
        }
    }

    sink::ObjectStore& store_;
    LakeQuestion const& question_;
    Progress const& progress_;
    std::vector<ListedObject> objects_;
    NodeMap nodes_;
    std::vector<Touched> touched_;
    event::RowReader reader_;
    std::uint64_t done_bytes_ = 0;
    std::uint64_t total_bytes_ = 0;
    Report report_;
};

}  // namespace

Result<Report> verify_lake(sink::ObjectStore& store, LakeQuestion const& question,
                           Progress const& progress) {
    return LakeReader(store, question, progress).run();
}

}  // namespace inlet::verify
