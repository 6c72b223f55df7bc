#include "app/quarantine_commands.hpp"

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <span>
#include <vector>

#include "app/sinks.hpp"
#include "base/log.hpp"
#include "base/time.hpp"
#include "journal/quarantine.hpp"

namespace inlet::app {
namespace {

using journal::Quarantine;
using journal::QuarantinedRow;
using journal::QuarantineEnd;

constexpr int kFine = 0;
constexpr int kRemain = 1;
constexpr int kUnreadable = 2;

// Sent together at most: one call, and a refused row among them is soon found.
constexpr std::size_t kMaxRowsAtATime = 500;

int fail_with(Error const& error) {
    std::fprintf(stderr, "inlet: %s\n", error.message().c_str());
    return kUnreadable;
}

class QuarantineRows final : public sink::RowStream {
  public:
    explicit QuarantineRows(std::span<QuarantinedRow const> rows) : rows_(rows) {}

    Result<bool> next(sink::Row& row) override {
        if (at_ == rows_.size()) return false;
        auto const& from = rows_[at_++];
        row = {{}, from.seq, 0, from.line};
        return true;
    }
    void rewind() override { at_ = 0; }

  private:
    std::span<QuarantinedRow const> rows_;
    std::size_t at_ = 0;
};

Result<std::vector<QuarantinedRow>> chosen_rows(Quarantine& quarantine,
                                                QuarantineChoice const& choice) {
    TRY(auto rows, quarantine.list());
    std::erase_if(rows,
                  [&](auto const& row) { return !choice.lane.empty() && row.lane != choice.lane; });
    return rows;
}

// As many from the front as are of one lane and node, at most kMaxRowsAtATime.
std::span<QuarantinedRow const> next_batch(std::span<QuarantinedRow const> rows) {
    std::size_t n = 0;
    while (n < rows.size() && n < kMaxRowsAtATime && rows[n].lane == rows[0].lane &&
           rows[n].node == rows[0].node)
        ++n;
    return rows.first(n);
}

std::uint64_t bytes_of(std::span<QuarantinedRow const> rows) {
    std::uint64_t bytes = 0;
    for (auto const& row : rows) bytes += row.line.size();
    return bytes;
}

// Returns how many rows arrived.
Result<std::size_t> send(sink::Sink& sink, std::span<QuarantinedRow const> rows,
                         Quarantine& quarantine, Clock& clock) {
    QuarantineRows stream(rows);
    sink::Batch const batch = {rows[0].node, rows.front().seq, rows.back().seq,
                               rows.size(),  bytes_of(rows),   0};
    TRY(auto const done, sink.deliver(batch, {}, stream));
    std::size_t sent = 0;
    for (auto const& row : rows) {
        bool const is_refused = std::any_of(done.refused.begin(), done.refused.end(),
                                            [&](auto const& r) { return r.seq == row.seq; });
        if (is_refused || done.remaining.contains(row.seq)) continue;
        TRY(quarantine.end(row, QuarantineEnd::sent, iso_time(clock.unix_ms())));
        ++sent;
    }
    for (auto const& refused : done.refused)
        std::printf("%s seq %" PRIu64 ": refused again: %s\n", rows[0].lane.c_str(), refused.seq,
                    refused.reason.c_str());
    if (done.error) std::printf("%s: %s\n", rows[0].lane.c_str(), done.error->message().c_str());
    return sent;
}

Result<std::size_t> retry(config::Config const& config, FileSystem& fs, Clock& clock,
                          std::span<QuarantinedRow const> rows, Quarantine& quarantine) {
    Aws aws;
    if (wants_aws(config)) {
        TRY(aws, make_aws(config.aws, clock));
    }
    TRY(auto const sinks, make_sinks(config, fs, clock, aws));
    std::size_t sent = 0;
    while (!rows.empty()) {
        auto const batch = next_batch(rows);
        rows = rows.subspan(batch.size());
        auto const found = std::find_if(sinks.begin(), sinks.end(), [&](auto const& sink) {
            return sink->name() == batch[0].lane;
        });
        if (found == sinks.end()) {
            return fail(Errc::not_found, "no enabled sink has the lane \"" + batch[0].lane +
                                             "\"; `inlet config` shows which are");
        }
        TRY(auto const arrived, send(**found, batch, quarantine, clock));
        sent += arrived;
    }
    return sent;
}

}  // namespace

int quarantine_ls(config::Config const& config, FileSystem& fs, QuarantineChoice const& choice) {
    Quarantine quarantine(fs, config.journal.dir, config.quarantine_max_bytes);
    auto const rows = chosen_rows(quarantine, choice);
    if (!rows) return fail_with(rows.error());
    for (auto const& row : rows.value()) {
        std::printf("%s  %-17s %s %12" PRIu64 " %8zu bytes  %s\n", row.at.c_str(), row.lane.c_str(),
                    row.node.c_str(), row.seq, row.line.size(), row.reason.c_str());
    }
    std::printf("%zu rows in quarantine\n", rows.value().size());
    return rows.value().empty() ? kFine : kRemain;
}

int quarantine_retry(config::Config const& config, FileSystem& fs, Clock& clock,
                     QuarantineChoice const& choice) {
    log::configure(log::Level::warn, log::Format::text);
    Quarantine quarantine(fs, config.journal.dir, config.quarantine_max_bytes);
    auto const rows = chosen_rows(quarantine, choice);
    if (!rows) return fail_with(rows.error());
    auto const sent = retry(config, fs, clock, rows.value(), quarantine);
    if (!sent) return fail_with(sent.error());
    auto const remain = rows.value().size() - sent.value();
    std::printf("%zu rows sent, %zu remain in quarantine\n", sent.value(), remain);
    return remain == 0 ? kFine : kRemain;
}

int quarantine_drop(config::Config const& config, FileSystem& fs, Clock& clock,
                    QuarantineChoice const& choice) {
    Quarantine quarantine(fs, config.journal.dir, config.quarantine_max_bytes);
    auto const rows = chosen_rows(quarantine, choice);
    if (!rows) return fail_with(rows.error());
    if (!choice.yes) {
        std::printf("%zu rows would be given up; repeat with --yes to do it\n",
                    rows.value().size());
        return rows.value().empty() ? kFine : kRemain;
    }
    for (auto const& row : rows.value()) {
        auto const ended = quarantine.end(row, QuarantineEnd::dropped, iso_time(clock.unix_ms()));
        if (!ended) return fail_with(ended.error());
    }
    std::printf("%zu rows given up\n", rows.value().size());
    return kFine;
}

}  // namespace inlet::app
