#include "delivery/pump.hpp"

#include <gmock/gmock.h>
#include <thread>

#include "base/time.hpp"
#include "delivery/delivery_fixture.hpp"

namespace inlet::delivery {
namespace {

using test::Crash;

using PumpTest = DeliveryTest;

TEST_F(PumpTest, ABatchGoesOutWhenItsFirstRowIsOldEnough) {
    open();
    add_rows(3);
    start_pump();
    EXPECT_EQ(step(), clock.steady_ms() + 5'000);
    EXPECT_TRUE(memory.batches.empty());
    clock.advance_ms(5'000);
    step();
    ASSERT_EQ(memory.batches.size(), 1U);
    EXPECT_EQ(memory.batches[0].lines.size(), 3U);
    EXPECT_TRUE(pump->caught_up());
}

TEST_F(PumpTest, ABatchGoesOutWhenItIsFull) {
    memory.roll_.max_rows = 2;
    open();
    add_rows(5);
    start_pump();
    step();
    ASSERT_EQ(memory.batches.size(), 2U);
    EXPECT_EQ(memory.batches[1].last_seq, 4U);
}

TEST_F(PumpTest, RowsThatWaitedForARestartGoOutAtOnce) {
    open();
    add_rows(1);
    clock.advance_ms(60'000);
    start_pump();
    step();
    EXPECT_EQ(memory.batches.size(), 1U);
}

TEST_F(PumpTest, AWallClockThatIsSetBackHoldsNothing) {
    open();
    add_rows(1);
    start_pump();
    clock.set_unix_ms(clock.unix_ms() - 86'400'000);
    step();
    clock.advance_ms(5'000);
    step();
    EXPECT_EQ(memory.batches.size(), 1U);
}

TEST_F(PumpTest, ABatchNeverSpansTwoDates) {
    open();
    clock.set_unix_ms(1'795'305'599'000);  // 2026-11-21T23:59:59Z
    add_rows(2);
    clock.advance_ms(2'000);
    add_rows(2);
    start_pump();
    step(true);
    ASSERT_EQ(memory.batches.size(), 2U);
    EXPECT_EQ(memory.batches[0].last_seq, 2U);
    EXPECT_THAT(memory.batches[1].lines[0],
                testing::HasSubstr("\"receivedAt\":\"" + utc_date(clock.unix_ms())));
}

TEST_F(PumpTest, ARowIsDeliveredWithItsTimeNodeAndSeq) {
    open();
    add_rows(1);
    start_pump();
    step(true);
    EXPECT_THAT(memory.batches.at(0).lines.at(0),
                testing::MatchesRegex(
                    R"(\{"type":"profile","id":"[0-9a-f-]{36}","receivedAt":")" +
                    iso_time(clock.unix_ms()) + R"(","node":")" + journal->node() +
                    R"(","seq":1,"userId":"u","attributes":\{"n":1\},"timestampUTC":1\}.)"));
}

TEST_F(PumpTest, ASinkMayReadTheRowsOfABatchAgain) {
    memory.reads_twice = true;
    open();
    add_rows(3);
    start_pump();
    step(true);
    ASSERT_EQ(memory.batches.size(), 1U);
    EXPECT_THAT(memory.batches[0].seqs, testing::ElementsAre(1, 2, 3, 1, 2, 3));
    for (std::size_t i = 0; i < 3; ++i)
        EXPECT_EQ(memory.batches[0].lines[i], memory.batches[0].lines[i + 3]);
    EXPECT_EQ(pump->stats().delivered.get(), 3U);
}

TEST_F(PumpTest, AFailedBatchIsTriedAgainWithGrowingPausesAndNothingIsLost) {
    memory.failures_left = 3;
    open();
    add_rows(2);
    start_pump();
    std::int64_t longest = 0;
    while (memory.batches.empty()) {
        auto const wait = step(true) - clock.steady_ms();
        if (!memory.batches.empty()) break;
        EXPECT_GT(wait, 0);
        EXPECT_EQ(pump->stats().failing.get(), 1U);
        step(true);  // too early: no try
        longest = std::max(longest, wait);
        clock.advance_ms(wait);
    }
    EXPECT_EQ(memory.tries, 4);
    EXPECT_GE(longest, 100);
    EXPECT_EQ(memory.batches.at(0).lines.size(), 2U);
    EXPECT_EQ(pump->stats().failing.get(), 0U);
    EXPECT_EQ(pump->stats().failures.get(), 3U);
}

TEST_F(PumpTest, TheCursorSurvivesARestart) {
    open();
    add_rows(3);
    start_pump();
    step(true);
    crash(Crash::lose_unsynced);
    open();
    add_rows(1);
    start_pump();
    step(true);
    ASSERT_EQ(memory.batches.size(), 2U);
    EXPECT_EQ(memory.batches[1].first_seq, 4U);
    EXPECT_EQ(pump->stats().delivered.get(), 4U);
}

TEST_F(PumpTest, ABatchThatWasPlannedBeforeACrashIsDeliveredUnderTheSamePlan) {
    open();
    add_rows(3);
    start_pump();
    memory.failures_left = 1;
    step(true);
    crash(Crash::lose_unsynced);
    open();
    add_rows(2);
    memory.destination = "elsewhere";  // the configuration has changed meanwhile
    start_pump();
    step(true);
    ASSERT_EQ(memory.batches.size(), 2U);
    EXPECT_EQ(memory.batches[0].plan, "to here 1");
    EXPECT_EQ(memory.batches[0].last_seq, 3U);
    EXPECT_EQ(memory.batches[1].plan, "to elsewhere 4");
}

TEST_F(PumpTest, ACopyOfTheJournalThatIsOlderThanAPlanPublishesNothingUnderItsName) {
    open();
    add_rows(2);
    auto const copied = fs.bytes(segment(1)).value();
    add_rows(2);
    auto const planned_end = journal->synced();
    start_pump();
    memory.failures_left = 1;
    step(true);
    pump.reset();
    close();
    fs.put(segment(1), copied);
    open(planned_end);
    add_rows(1);
    start_pump();
    step(true);
    ASSERT_EQ(memory.batches.size(), 2U);
    EXPECT_EQ(memory.batches[0].last_seq, 2U);
    EXPECT_EQ(memory.batches[1].first_seq, 1U) << "of the new node";
}

TEST_F(PumpTest, APlanWhoseSegmentsAreGoneIsGivenUpAndWhatIsThereGoesOut) {
    open();
    add_rows(2);
    start_pump();
    memory.failures_left = 1;
    step(true);
    auto const planned_end = journal->synced();
    pump.reset();
    close();
    ASSERT_TRUE(fs.remove(segment(1)).has_value());
    open(planned_end);
    add_rows(1);
    start_pump();
    step(true);
    ASSERT_EQ(memory.batches.size(), 1U);
    EXPECT_EQ(memory.batches[0].first_seq, 1U) << "of the new node";
    EXPECT_EQ(memory.batches[0].plan, "to here 1");
    EXPECT_EQ(pump->stats().delivered.get(), 1U);
}

TEST_F(PumpTest, WhatWasRefusedIsNotReadOnceTheSegmentThatCutItOffIsReleased) {
    auto const wait_until_ok = [&] {
        fs.clear_faults();
        while (journal->health() != journal::Health::ok) std::this_thread::yield();
    };
    open();
    add_rows(1);
    start_pump();
    step(true);
    fs.fail_call({.call = fs.calls() +
                          1});  // the commit; and once more, written but not synced, in segment 2
    fs.fail_call({.call = fs.calls() + 9});
    add_rows(1);
    wait_until_ok();  // segment 3
    fs.fail_call({.call = fs.calls() + 1});
    fs.fail_call({.call = fs.calls() + 8});
    add_rows(1);      // refused too
    wait_until_ok();  // segment 5
    ASSERT_TRUE(fs.bytes(segment(5)).has_value());
    step();
    journal->release(pump->keep_from());
    pump.reset();
    close();
    open();
    add_rows(1);
    start_pump();
    step(true);
    ASSERT_EQ(acknowledged.size(), 2U);
    EXPECT_EQ(memory.batches.size(), 2U);
    EXPECT_EQ(memory.batches.back().lines.size(), 1U);
    EXPECT_EQ(pump->stats().damaged.get(), 0U);
    for (std::uint64_t number = 1; number < 5; ++number)
        EXPECT_FALSE(fs.bytes(segment(number)).has_value()) << number;
}

TEST_F(PumpTest, DamagedRowsAreCountedAndTheOthersDelivered) {
    open();
    add_rows(1);
    auto const begin = journal->synced().offset;
    add_rows(3);
    auto const damaged_segment = segment(1);
    close();
    fs.flip_byte(damaged_segment, begin + 80);
    open();
    start_pump();
    step(true);
    EXPECT_EQ(pump->stats().delivered.get(), 3U);
    EXPECT_EQ(pump->stats().damaged.get(), 1U);
    EXPECT_EQ(pump->stats().cursor_seq.get(), 5U);
}

TEST_F(PumpTest, ALaneThatIsAddedLaterCountsWhatWasReleasedBeforeAsDetached) {
    open();
    for (int i = 0; i < 3; ++i) add_rows(250);  // about three segments
    journal->release(journal->synced());
    add_rows(1);
    start_pump();
    step(true);
    auto const& stats = pump->stats();
    EXPECT_GT(stats.detached.get(), 0U);
    EXPECT_EQ(stats.detached.get() + stats.delivered.get(), 751U);
    EXPECT_EQ(stats.damaged.get(), 0U);
}

TEST_F(PumpTest, ADetachedLaneThatComesBackGoesOnAndCountsWhatItMissed) {
    bring_some_rows_and_miss_some();
    start_pump();
    step(true);
    auto const& stats = pump->stats();
    EXPECT_GT(stats.detached.get(), 0U);
    EXPECT_EQ(stats.detached.get() + stats.delivered.get(), 761U);
    EXPECT_EQ(stats.damaged.get(), 0U);
}

// Its first batch is planned, and the process ends before that has arrived.
TEST_F(PumpTest, ADetachedLaneThatComesBackCountsWhatItMissedAlsoIfItsFirstBatchIsRedone) {
    bring_some_rows_and_miss_some();
    memory.failures_left = 1;
    start_pump();
    step(true);
    start_pump();
    EXPECT_LT(journal->first(), journal->synced());
    EXPECT_GE(pump->keep_from(), journal->first());  // the rows of its plan are kept from now on
    step(true);
    auto const& stats = pump->stats();
    EXPECT_EQ(stats.damaged.get(), 0U);
    EXPECT_GT(stats.detached.get(), 0U);
    EXPECT_EQ(stats.detached.get() + stats.delivered.get(), 761U);
}

TEST_F(PumpTest, ADetachedLaneThatComesBackToAnEmptySegmentCountsWhatItMissed) {
    open();
    add_rows(10);
    start_pump();
    step(true);
    detach();
    add_rows(5);
    fs.fail_call({.call = fs.calls() + 1});  // refused, in segment 1 and in 2
    fs.fail_call({.call = fs.calls() + 8});
    add_rows(1);
    fs.clear_faults();
    while (journal->health() != journal::Health::ok) std::this_thread::yield();
    journal->release(journal->synced());
    start_pump();
    step();
    EXPECT_EQ(pump->stats().detached.get(), 5U);
    EXPECT_EQ(pump->stats().delivered.get(), 10U);
    add_rows(1);
    step(true);
    EXPECT_EQ(pump->stats().detached.get(), 5U);
    EXPECT_EQ(pump->stats().delivered.get(), 11U);
    EXPECT_EQ(pump->stats().damaged.get(), 0U);
}

TEST_F(PumpTest, RowsOfAnEarlierNodeSayNothingAboutThePresentOne) {
    open();
    add_rows(5);
    start_pump();
    step(true);
    pump.reset();
    close();
    open({1, 1'000'000, 1'000});  // a restored copy: new node, seq 1 again
    add_rows(2);
    memory.failures_left = 1;
    start_pump();
    step(true);
    EXPECT_EQ(pump->stats().cursor_seq.get(), 1U);  // not 6: no row of this node has arrived
    EXPECT_EQ(pump->stats().delivered.get(), 0U);
    clock.advance_ms(60'000);
    step(true);
    EXPECT_EQ(pump->stats().cursor_seq.get(), 3U);
    EXPECT_EQ(pump->stats().delivered.get(), 2U);
}

TEST_F(PumpTest, NothingIsReleasedBeforeItsCursorIsSaved) {
    open();
    add_rows(2);
    start_pump();
    auto const begin = pump->keep_from();
    fs.fail_call(
        {.call = fs.calls() + 3, .persistent = true});  // plan: write, sync; then the cursor fails
    step(true);
    ASSERT_EQ(memory.batches.size(), 1U);
    EXPECT_EQ(pump->keep_from(), begin);
    fs.clear_faults();
    clock.advance_ms(60'000);
    step(true);
    EXPECT_NE(pump->keep_from(), begin);
    EXPECT_EQ(memory.batches.size(), 1U) << "what the destination has is not sent again";
}

TEST_F(PumpTest, DamageThatComesUpInAnOpenBatchCostsOnlyItsRows) {
    std::uint64_t damaged = 0;
    for (bool const plans : {false, true}) {
        for (std::size_t const which : {0U, 1U, 2U}) {
            SCOPED_TRACE("row " + std::to_string(which) + (plans ? ", with a plan" : ""));
            memory.plans = plans;
            memory.batches.clear();
            open();
            std::vector<journal::Position> places;
            for (int i = 0; i < 3; ++i) {
                places.push_back(journal->synced());
                add_rows(1);
            }
            start_pump();
            step();  // counts the rows, and waits for more
            fs.flip_byte(segment(places[which].segment), places[which].offset + 70);
            step(true);
            EXPECT_TRUE(memory.batches.empty());
            clock.advance_ms(60'000);
            step(true);
            ASSERT_EQ(memory.batches.size(), 1U);
            places.erase(places.begin() + static_cast<std::ptrdiff_t>(which));
            EXPECT_THAT(memory.batches[0].seqs, testing::ElementsAre(places[0].seq, places[1].seq));
            EXPECT_TRUE(pump->caught_up());
            // Of the last row the lane hears when another one follows.
            damaged += which == 2 && !plans ? 0 : 1;
            EXPECT_EQ(pump->stats().damaged.get(), damaged);
        }
        if (!plans) {
            add_rows(1);
            step(true);
            EXPECT_EQ(pump->stats().damaged.get(), ++damaged);
        }
    }
}

}  // namespace
}  // namespace inlet::delivery
