// Lanes on threads of their own: what they mean for each other, for the journal and for a stop.
#include "delivery/delivery.hpp"

#include <atomic>
#include <gtest/gtest.h>
#include <thread>

#include "base/check.hpp"
#include "base/guarded.hpp"
#include "delivery/delivery_fixture.hpp"

namespace inlet::delivery {
namespace {

// What a sink of its own thread has seen, and what it is to answer. Outlives the sink.
struct Destination {
    std::atomic<std::uint64_t> rows{0};
    std::atomic<int> tries{0};
    std::atomic<bool> is_cancelled{false};
    std::atomic<bool> throws{false};
    std::atomic<bool> waits_for_cancel{false};
    Guarded<std::optional<Errc>> failure;

    void fail_with(std::optional<Errc> code) {
        failure.with([&](auto& f) { f = code; });
    }
};

class RemoteSink final : public sink::Sink {
  public:
    RemoteSink(std::string name, Destination& there, sink::Roll roll)
        : name_(std::move(name)), there_(there), roll_(roll) {}

    std::string_view name() const override { return name_; }
    sink::Roll roll() const override { return roll_; }
    std::string plan(sink::Batch const& /*batch*/) const override { return {}; }
    Result<sink::Delivered> deliver(sink::Batch const& batch, std::string_view /*plan*/,
                                    sink::RowStream& rows) override {
        ++there_.tries;
        if (there_.throws)
            (void)std::vector<int>().at(0);  // as a library does when memory is short
        while (there_.waits_for_cancel && !there_.is_cancelled) std::this_thread::yield();
        if (there_.waits_for_cancel) return fail(Errc::stopping, name_);
        if (auto const code = there_.failure.with([](auto& f) { return f; }))
            return fail(*code, name_);
        sink::Row row = {};
        sink::Delivered done;
        for (;;) {
            TRY(auto const more, rows.next(row));
            if (!more) break;
            ++done.rows;
        }
        EXPECT_EQ(done.rows, batch.rows);
        there_.rows += done.rows;
        return done;
    }
    void cancel() override { there_.is_cancelled = true; }

  private:
    std::string const name_;
    Destination& there_;
    sink::Roll const roll_;
};

constexpr sink::Roll kEachRow = {1 << 20, 1, 60'000};
constexpr sink::Roll kNever = {1 << 20, 1'000'000, 60'000'000};

class LanesTest : public DeliveryTest {
  protected:
    ~LanesTest() override { end(); }

    void add_lane(std::string name, Destination& there, sink::Roll roll = kEachRow) {
        sinks_.push_back(std::make_unique<RemoteSink>(std::move(name), there, roll));
    }
    void start(std::vector<journal::StoredLane> const& held = {}) {
        delivery_options.journal_dir = kDir;
        auto started =
            Delivery::start(fs, clock, *journal, std::move(sinks_), held, delivery_options);
        ASSERT_TRUE(started.has_value()) << started.error().message();
        lanes = std::move(started.value());
        sinks_.clear();
    }
    // All that there is, for a lane that brought nothing.
    void give_up(std::string_view lane) {
        auto record = journal::SlotFile::open(fs, kDir, journal::lane_file_name(lane));
        ASSERT_TRUE(record.has_value());
        journal::LaneState state;
        state.node = journal->node();
        state.cursor = journal->synced();
        state.detached = state.cursor.seq - 1;
        state.is_detached = true;
        ASSERT_TRUE(record.value().replace(journal::encode(state)).has_value());
    }
    // Two rows for a stream that does not take them, and a stop that has a minute.
    void stop_while_failing(Errc why) {
        open();
        stream.fail_with(why);
        add_lane("firehose", stream, kNever);
        start();
        add_rows(2);
        journal->stop();
        lanes->flush(60'000);
    }
    void end() {
        lanes.reset();
        close();
    }
    LaneStats const& stats(std::string_view name) {
        LaneStats const* found = nullptr;
        for (auto const& lane : lanes->lanes())
            if (lane.name == name) found = lane.stats;
        CHECK(found != nullptr);
        return *found;
    }
    // Waits for what other threads are about to do; false if it does not happen within 20 s.
    template <class Condition>
    static bool eventually(Condition condition) {
        for (int i = 0; i < 20'000; ++i) {
            if (condition()) return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return false;
    }
    bool all_is_released() {
        return eventually([&] { return journal->stats().undelivered_bytes.get() == 0; });
    }

    Delivery::Options delivery_options;
    std::unique_ptr<Delivery> lanes;
    Destination lake;
    Destination stream;

  private:
    std::vector<std::unique_ptr<sink::Sink>> sinks_;
};

TEST_F(LanesTest, EachBringsWhatIsCommittedAndTheJournalIsGivenBack) {
    open();
    add_lane("lake", lake);
    add_lane("firehose", stream);
    start();
    add_rows(3);
    EXPECT_TRUE(eventually([&] { return lake.rows == 3 && stream.rows == 3; }));
    EXPECT_TRUE(all_is_released());
    EXPECT_EQ(stats("lake").delivered.get(), 3U);
    EXPECT_EQ(stats("firehose").caught_up.get(), 1U);
}

TEST_F(LanesTest, ADeadOneSlowsNoOtherAndKeepsTheRows) {
    open();
    stream.fail_with(Errc::unavailable);
    add_lane("lake", lake);
    add_lane("firehose", stream);
    start();
    add_rows(5);
    EXPECT_TRUE(eventually([&] { return lake.rows == 5 && stream.tries > 0; }));
    EXPECT_GT(journal->stats().undelivered_bytes.get(), 0U);
    EXPECT_TRUE(eventually([&] { return stats("firehose").failing.get() == 1; }));
    stream.fail_with(std::nullopt);
    clock.advance_ms(120'000);
    EXPECT_TRUE(eventually([&] { return stream.rows == 5; }));
    EXPECT_TRUE(all_is_released());
}

TEST_F(LanesTest, OneWithoutASinkKeepsItsRowsAlsoIfItNeverDeliveredAny) {
    open();
    add_rows(2);
    ASSERT_TRUE(journal::SlotFile::open(fs, kDir, journal::lane_file_name("firehose")).has_value());
    add_lane("lake", lake);
    start(journal::read_lanes(fs, kDir).value());
    EXPECT_TRUE(eventually([&] { return stats("lake").delivered.get() == 2; }));
    EXPECT_GT(journal->stats().undelivered_bytes.get(), 0U);
    EXPECT_EQ(stats("firehose").holding.get(), 1U);
    EXPECT_EQ(stats("firehose").caught_up.get(), 0U);
    end();

    open();
    add_lane("firehose", stream);
    start();
    EXPECT_TRUE(eventually([&] { return stream.rows == 2; }));
}

TEST_F(LanesTest, OneWithoutASinkAndWithoutRowsIsEmpty) {
    open();
    ASSERT_TRUE(journal::SlotFile::open(fs, kDir, journal::lane_file_name("firehose")).has_value());
    start(journal::read_lanes(fs, kDir).value());
    EXPECT_EQ(stats("firehose").caught_up.get(), 1U);
}

// Without its sink at the next start, it would else not be known to hold what is acknowledged from now on.
TEST_F(LanesTest, OneThatWasGivenUpIsBackFromItsStartOnNotFromItsFirstBatch) {
    open();
    add_rows(2);
    give_up("firehose");
    add_lane("firehose", stream, kNever);
    start();
    auto const known = journal::read_lanes(fs, kDir);
    ASSERT_TRUE(known.has_value() && known.value().size() == 1);
    EXPECT_FALSE(known.value()[0].state.is_detached);
    EXPECT_EQ(known.value()[0].state.detached, 2U);
    EXPECT_EQ(stats("firehose").detached.get(), 2U);
}

// `inlet sink detach` may have been killed before its sync. What the journal then gives back cannot be brought any more.
TEST_F(LanesTest, OneThatWasGivenUpIsSoOnDiskBeforeItsRowsGo) {
    open();
    add_rows(2);
    auto const path = std::string(kDir) + "/" + journal::lane_file_name("firehose");
    ASSERT_TRUE(journal::SlotFile::open(fs, kDir, journal::lane_file_name("firehose")).has_value());
    auto const before = *fs.bytes(path);
    give_up("firehose");
    auto const after = *fs.bytes(path);
    fs.put(path, before);
    auto unsynced = fs.open(path, OpenMode::read_write);
    ASSERT_TRUE(unsynced.has_value() && unsynced.value()->write(0, after).has_value());

    add_lane("lake", lake);
    start(journal::read_lanes(fs, kDir).value());
    add_rows(1);
    EXPECT_TRUE(all_is_released());
    EXPECT_EQ(lanes->lanes().size(), 1U);
    end();
    fs.crash(test::Crash::lose_unsynced);
    auto const known = journal::read_lanes(fs, kDir);
    ASSERT_TRUE(known.has_value());
    for (auto const& lane : known.value())
        EXPECT_EQ(lane.state.is_detached, lane.name == "firehose") << lane.name;
}

TEST_F(LanesTest, AStopBringsOpenBatchesToo) {
    open();
    add_lane("lake", lake, kNever);
    start();
    add_rows(4);
    journal->stop();
    lanes->stop(10'000);
    EXPECT_EQ(lake.rows, 4U);
    EXPECT_EQ(journal->stats().undelivered_bytes.get(), 0U);
}

TEST_F(LanesTest, AStopTriesAgainWhatFailedAsLongAsThereIsTime) {
    stop_while_failing(Errc::unavailable);
    ASSERT_TRUE(eventually([&] { return stats("firehose").failing.get() == 1; }));
    stream.fail_with({});
    clock.advance_ms(59'000);
    EXPECT_TRUE(lanes->wait_flushed(20'000));
    EXPECT_EQ(stream.rows, 2U);
    EXPECT_EQ(journal->stats().undelivered_bytes.get(), 0U);
}

TEST_F(LanesTest, AStopWaitsForNobodyWhoHolds) {
    stop_while_failing(Errc::rejected);
    EXPECT_TRUE(lanes->wait_flushed(20'000));
    EXPECT_EQ(stream.rows, 0U);
    EXPECT_EQ(stats("firehose").holding.get(), 1U);
}

TEST_F(LanesTest, AStopCancelsACallThatTakesTooLong) {
    open();
    stream.waits_for_cancel = true;
    add_lane("firehose", stream);
    start();
    add_rows(1);
    ASSERT_TRUE(eventually([&] { return stream.tries > 0; }));
    journal->stop();
    lanes->flush(1);
    EXPECT_FALSE(lanes->wait_flushed(1));
    lanes->stop(0);
    EXPECT_TRUE(stream.is_cancelled);
    EXPECT_GT(journal->stats().undelivered_bytes.get(), 0U) << "what came of it is not known";
}

TEST_F(LanesTest, TheAwaitedOneTellsHowFarItIs) {
    open();
    std::atomic<std::uint64_t> next{0};
    delivery_options.awaited_sink = "firehose";
    delivery_options.on_awaited_round = [&](std::string_view, std::uint64_t seq) { next = seq; };
    lake.fail_with(Errc::unavailable);
    add_lane("lake", lake);
    add_lane("firehose-track", stream);
    start();
    add_rows(3);
    EXPECT_TRUE(eventually([&] { return next == 4; }));
    end();  // before `next` is gone
}

TEST_F(LanesTest, OneWhoseLibraryThrowsEndsAlone) {
    open();
    stream.throws = true;
    add_lane("lake", lake);
    add_lane("firehose", stream);
    start();
    add_rows(1);
    ASSERT_TRUE(eventually([&] { return stream.tries > 0; }));
    add_rows(1);
    EXPECT_TRUE(eventually([&] { return lake.rows == 2; }));
    EXPECT_GT(journal->stats().undelivered_bytes.get(), 0U);
    EXPECT_EQ(stream.tries, 1);
}

TEST_F(LanesTest, ARecordThatCannotBeOpenedStopsTheStart) {
    open();
    fs.put(std::string(kDir) + "/" + journal::lane_file_name("lake"),
           "of no version that is known");
    fs.make_unreadable(std::string(kDir) + "/" + journal::lane_file_name("lake"));
    Destination there;
    std::vector<std::unique_ptr<sink::Sink>> sinks;
    sinks.push_back(std::make_unique<RemoteSink>("lake", there, kEachRow));
    delivery_options.journal_dir = kDir;
    auto const started =
        Delivery::start(fs, clock, *journal, std::move(sinks), {}, delivery_options);
    EXPECT_FALSE(started.has_value());
}

}  // namespace
}  // namespace inlet::delivery
