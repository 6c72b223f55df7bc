// delivery_fixture.hpp - a journal with rows in it, a sink that remembers, and a pump between them.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "delivery/pump.hpp"
#include "event/event.hpp"
#include "journal/journal_fixture.hpp"

namespace inlet::delivery {

// Takes what it is given, except where a test says otherwise.
class MemorySink final : public sink::Sink {
  public:
    std::string_view name() const override { return "memory"; }
    std::string_view type() const override { return type_; }
    sink::Roll roll() const override { return roll_; }
    std::string plan(sink::Batch const& batch) const override {
        return plans ? "to " + destination + " " + std::to_string(batch.first_seq) : std::string();
    }
    Result<sink::Delivered> deliver(sink::Batch const& batch, std::string_view plan,
                                    sink::RowStream& rows) override {
        ++tries;
        if (failures_left > 0) {
            --failures_left;
            return Error{error, 0, "memory sink"};
        }
        std::vector<std::string> lines;
        std::vector<std::uint64_t> seqs;
        TRY(read(rows, lines, seqs));
        sink::Delivered done;
        if (judge) {
            done = judge(seqs);
        } else {
            EXPECT_EQ(lines.size(), batch.rows);
        }
        done.rows = static_cast<std::uint64_t>(std::count_if(
            seqs.begin(), seqs.end(), [&](auto seq) { return !done.remaining.contains(seq); }));
        if (reads_twice) {
            rows.rewind();
            TRY(read(rows, lines, seqs));
        }
        batches.push_back({batch.first_seq, batch.last_seq, std::string(plan), std::move(lines),
                           std::move(seqs)});
        return done;
    }

    struct Taken {
        std::uint64_t first_seq;
        std::uint64_t last_seq;
        std::string plan;
        std::vector<std::string> lines;
        std::vector<std::uint64_t> seqs;
    };
    std::vector<Taken> batches;
    // What becomes of the rows that it was handed; without it all of them arrive.
    std::function<sink::Delivered(std::vector<std::uint64_t> const&)> judge;
    std::string type_;
    int tries = 0;
    int failures_left = 0;
    Errc error = Errc::unavailable;
    bool plans = true;
    bool reads_twice = false;
    std::string destination = "here";
    sink::Roll roll_ = {1 << 20, 1'000'000, 5'000};

  private:
    static Result<void> read(sink::RowStream& rows, std::vector<std::string>& lines,
                             std::vector<std::uint64_t>& seqs) {
        sink::Row row = {};
        for (;;) {
            TRY(auto const more, rows.next(row));
            if (!more) return success();
            lines.emplace_back(row.line);
            seqs.push_back(row.seq);
        }
    }
};

class DeliveryTest : public journal::JournalTest {
  protected:
    // Appends `count` entries of one row each, as the API would.
    void add_rows(int count, event::Kind kind = event::Kind::profile) {
        for (int i = 0; i < count; ++i) {
            std::string body = R"({"userId":"u","attributes":{"n":)" + std::to_string(++added_) +
                               R"(},"timestampUTC":1})";
            auto const size = body.size();
            body.append(event::kBodyPadding, ' ');
            std::string text;
            auto const outcome =
                renderer_.render(event::Kind::profile, std::string_view(body).substr(0, size),
                                 {clock.unix_ms(), {}}, text);
            ASSERT_EQ(outcome.rows, 1U);
            if (append_text(static_cast<std::uint8_t>(kind), 1, text))
                acknowledged[last_seq] = text.substr(text.find(",\"userId\""));
        }
    }
    Result<void> try_start_pump() {
        pump.reset();
        TRY(pump,
            Pump::open(fs, clock, sink_in_use(),
                       {.journal_dir = kDir, .node = journal->node(), .first = journal->first()}));
        return success();
    }
    void start_pump() {
        auto started = try_start_pump();
        ASSERT_TRUE(started.has_value()) << started.error().message();
    }
    // What the lane has still to bring is given up, where it stands.
    void detach() {
        pump.reset();
        auto file = journal::SlotFile::open(fs, kDir, journal::lane_file_name("memory")).value();
        auto state = journal::decode_lane_state(file.record()).value();
        state.is_detached = true;
        ASSERT_TRUE(file.replace(journal::encode(state)).has_value());
    }
    // 761 rows: 10 were brought before the lane was detached, of the next 750 some were released, and one came last.
    void bring_some_rows_and_miss_some() {
        open();
        add_rows(10);
        start_pump();
        step(true);
        detach();
        for (int i = 0; i < 3; ++i) add_rows(250);
        journal->release(journal->synced());
        add_rows(1);
    }
    std::int64_t step(bool flush = false) { return pump->step(journal->synced(), flush); }
    virtual sink::Sink& sink_in_use() { return memory; }

    MemorySink memory;
    std::unique_ptr<Pump> pump;
    std::map<std::uint64_t, std::string> acknowledged;  // seq -> the row from its userId on

  private:
    event::Renderer renderer_{event::Limits{}};
    int added_ = 0;
};

}  // namespace inlet::delivery
