// Batches that get through in part, rows that are refused, and lanes that take one type of rows.
#include <gmock/gmock.h>

#include "delivery/delivery_fixture.hpp"
#include "delivery/pump.hpp"
#include "journal/quarantine.hpp"

namespace inlet::delivery {
namespace {

using event::Kind;
using test::Crash;
using testing::ElementsAre;

class PartialDeliveryTest : public DeliveryTest {
  protected:
    PartialDeliveryTest() { memory.plans = false; }

    // The rows of the first try that arrive; later tries bring all.
    void let_arrive_first(std::vector<std::uint64_t> const& seqs) {
        memory.judge = [this, seqs, tries = 0](auto const& handed) mutable {
            sink::Delivered done;
            if (tries++ > 0) return done;
            for (auto seq : handed)
                if (std::count(seqs.begin(), seqs.end(), seq) == 0)
                    done.remaining.seqs.push_back(seq);
            done.error = fail(Errc::unavailable, "some failed");
            return done;
        };
    }
    // A lane of one type has passed a row of another, and saved that.
    void pass_an_alias() {
        memory.type_ = "track";
        open();
        add_rows(1, Kind::alias);
        start_pump();
        step();
    }
    // All rows of the node are accounted for.
    void expect_balance(std::uint64_t rows) {
        auto const& stats = pump->stats();
        EXPECT_EQ(stats.delivered.get() + stats.quarantined.get() + stats.detached.get() +
                      stats.damaged.get() + stats.other_types.get(),
                  stats.cursor_seq.get() - 1);
        EXPECT_EQ(stats.cursor_seq.get() - 1, rows);
    }
    journal::Quarantine quarantine() { return {fs, kDir, 1 << 20}; }
};

TEST_F(PartialDeliveryTest, OnlyTheRowsThatAreLeftAreSentAgain) {
    let_arrive_first({1, 3, 5});
    open();
    add_rows(6);
    start_pump();
    step(true);
    clock.advance_ms(60'000);
    step(true);
    ASSERT_EQ(memory.batches.size(), 2U);
    EXPECT_THAT(memory.batches[1].seqs, ElementsAre(2, 4, 6));
    EXPECT_EQ(pump->stats().delivered.get(), 6U);
    EXPECT_EQ(pump->stats().failures.get(), 1U);
    expect_balance(6);
}

TEST_F(PartialDeliveryTest, TheCursorMovesOverWhatIsDoneInFront) {
    let_arrive_first({1, 2, 3, 5});
    open();
    add_rows(6);
    start_pump();
    step(true);
    expect_balance(3);
    crash(Crash::lose_unsynced);  // that row 5 arrived is forgotten, that 1 to 3 did is not
    open();
    memory.judge = nullptr;
    start_pump();
    step(true);
    EXPECT_THAT(memory.batches.at(1).seqs, ElementsAre(4, 5, 6));
    expect_balance(6);
}

TEST_F(PartialDeliveryTest, OfABatchWithDamageInItTheCursorWaitsForTheWhole) {
    let_arrive_first({1, 2, 4});
    open();
    add_rows(2);
    auto const third = journal->synced();
    add_rows(4);
    fs.flip_byte(segment(third.segment), third.offset + 80);
    start_pump();
    auto const begin = pump->keep_from();
    step(true);
    EXPECT_EQ(pump->keep_from(), begin);
    expect_balance(0);
    clock.advance_ms(60'000);
    step(true);
    ASSERT_EQ(memory.batches.size(), 2U);
    EXPECT_THAT(memory.batches[1].seqs, ElementsAre(5, 6));
    EXPECT_EQ(pump->stats().delivered.get(), 5U);
    EXPECT_EQ(pump->stats().damaged.get(), 1U);
    expect_balance(6);
}

TEST_F(PartialDeliveryTest, ASinkThatWantsToWaitIsAskedAgainInTimeAndHasNotFailed) {
    int tries = 0;
    memory.judge = [&](auto const&) {
        sink::Delivered done;
        if (++tries > 1) return done;
        done.remaining.from = 3;
        done.wait_ms = 250;
        return done;
    };
    open();
    add_rows(5);
    start_pump();
    EXPECT_EQ(step(true), clock.steady_ms() + 250);
    EXPECT_EQ(pump->stats().failing.get(), 0U);
    expect_balance(2);
    clock.advance_ms(250);
    step(true);
    EXPECT_THAT(memory.batches.at(1).seqs, ElementsAre(3, 4, 5));
    expect_balance(5);
}

TEST_F(PartialDeliveryTest, ABatchWhoseCursorCannotBeSavedIsNotSentAgain) {
    memory.plans = false;
    open();
    add_rows(5);
    start_pump();
    fs.fail_call({.call = fs.calls() + 1, .persistent = true});
    for (int i = 0; i < 5; ++i) {
        step(true);
        EXPECT_EQ(pump->stats().failing.get(), 1U);
        clock.advance_ms(60'000);
    }
    EXPECT_EQ(memory.batches.size(), 1U);
    fs.clear_faults();
    step(true);
    EXPECT_EQ(memory.batches.size(), 1U);
    EXPECT_EQ(pump->stats().failing.get(), 0U);
    expect_balance(5);
}

TEST_F(PartialDeliveryTest, AFailureLastsAndItsPausesGrowWhileASinkOnlyWaitsForItsTurn) {
    int tries = 0;
    memory.judge = [&](auto const&) {
        sink::Delivered done;
        done.remaining.from = 1;
        if (++tries % 2 == 0) {
            done.wait_ms = 250;  // its pace: nothing was sent
        } else if (tries < 12) {
            done.error = fail(Errc::unavailable, "nobody is there");
        } else {
            done.remaining = {};
        }
        return done;
    };
    open();
    add_rows(5);
    start_pump();
    std::int64_t pause_ms = 0;
    while (tries < 12) {
        auto const failed_at_ms = clock.steady_ms();
        pause_ms = step(true) - failed_at_ms;  // fails
        EXPECT_EQ(pump->stats().failing.get(), 1U) << "after " << tries << " tries";
        clock.advance_ms(pause_ms);
        clock.advance_ms(step(true) - clock.steady_ms());  // waits
        EXPECT_EQ(pump->stats().failing.get(), 1U) << "after " << tries << " tries";
    }
    EXPECT_GE(pause_ms, 50 << 4) << "the sixth failure in a row";
    step(true);
    EXPECT_EQ(pump->stats().failing.get(), 0U);
    expect_balance(5);
}

TEST_F(PartialDeliveryTest, ASinkThatPausesWhileItRepeatsIsNotHandedWhatHadArrived) {
    int tries = 0;
    memory.judge = [&](auto const&) {
        sink::Delivered done;
        ++tries;
        if (tries == 1) {
            done.remaining.seqs = {2, 4, 8};
            done.error = fail(Errc::unavailable, "some failed");
        } else if (tries == 2) {
            done.remaining.from = 4;  // 2 has arrived now; its pace makes it wait before 4
            done.wait_ms = 10;
        }
        return done;
    };
    open();
    add_rows(8);
    start_pump();
    for (int i = 0; i < 3; ++i) {
        step(true);
        clock.advance_ms(60'000);
    }
    ASSERT_EQ(memory.batches.size(), 3U);
    EXPECT_THAT(memory.batches[1].seqs, ElementsAre(2, 4, 8));
    EXPECT_THAT(memory.batches[2].seqs, ElementsAre(4, 8));
    expect_balance(8);
}

TEST_F(PartialDeliveryTest, ARefusedRowIsSetAsideWithItsReasonAndTheOthersGoOn) {
    memory.judge = [](auto const& handed) {
        sink::Delivered done;
        for (auto seq : handed)
            if (seq == 2) done.refused.push_back({seq, "too odd\nfor us"});
        return done;
    };
    open();
    add_rows(4);
    start_pump();
    step(true);
    auto const rows = quarantine().list().value();
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].lane, "memory");
    EXPECT_EQ(rows[0].node, journal->node());
    EXPECT_EQ(rows[0].seq, 2U);
    EXPECT_EQ(rows[0].reason, "too odd for us");
    EXPECT_EQ(rows[0].line, memory.batches.at(0).lines.at(1));
    EXPECT_EQ(pump->stats().quarantined.get(), 1U);
    EXPECT_EQ(pump->stats().delivered.get(), 3U);
    expect_balance(4);
}

TEST_F(PartialDeliveryTest, RefusedRowsBehindTheCursorAreCountedWhenItPassesThem) {
    int tries = 0;
    memory.judge = [&](auto const& handed) {
        sink::Delivered done;
        if (++tries == 1) {
            done.refused.push_back({2, "no"});
            done.refused.push_back({5, "no"});
            done.remaining.seqs = {4};
            done.error = fail(Errc::unavailable, "4 failed");
        } else {
            EXPECT_THAT(handed, ElementsAre(4));
        }
        return done;
    };
    open();
    add_rows(6);
    start_pump();
    step(true);
    EXPECT_EQ(pump->stats().quarantined.get(), 1U);
    expect_balance(3);
    clock.advance_ms(60'000);
    step(true);
    EXPECT_EQ(pump->stats().quarantined.get(), 2U);
    EXPECT_EQ(pump->stats().delivered.get(), 4U);
    expect_balance(6);
    EXPECT_EQ(quarantine().list().value().size(), 2U);
}

TEST_F(PartialDeliveryTest, AFullQuarantineHoldsTheLaneAndSendsNothingTwice) {
    memory.judge = [](auto const& handed) {
        sink::Delivered done;
        for (auto seq : handed)
            if (seq == 2) done.refused.push_back({seq, "no"});
        return done;
    };
    open();
    add_rows(3);
    pump = Pump::open(fs, clock, memory,
                      {.journal_dir = kDir, .node = journal->node(), .quarantine_max_bytes = 10})
               .value();
    for (int i = 0; i < 3; ++i) {
        step(true);
        clock.advance_ms(60'000);
    }
    EXPECT_EQ(pump->stats().failing.get(), 1U);
    EXPECT_THAT(pump->stats().last_error.with([](auto const& text) { return text; }),
                testing::HasSubstr("inlet quarantine ls"));
    expect_balance(1);
    ASSERT_EQ(memory.batches.size(), 3U);
    EXPECT_THAT(memory.batches[1].seqs, ElementsAre(2));
    EXPECT_THAT(memory.batches[2].seqs, ElementsAre(2));
}

TEST_F(PartialDeliveryTest, ALaneOfOneTypePassesTheOthersAndCountsThem) {
    memory.type_ = "track";
    open();
    add_rows(2, Kind::alias);
    add_rows(3, Kind::track);
    add_rows(1, Kind::profile);
    add_rows(1, Kind::track);
    start_pump();
    step(true);
    ASSERT_EQ(memory.batches.size(), 1U);
    EXPECT_THAT(memory.batches[0].seqs, ElementsAre(3, 4, 5, 7));
    EXPECT_EQ(pump->stats().other_types.get(), 3U);
    expect_balance(7);
    EXPECT_TRUE(pump->caught_up());
}

TEST_F(PartialDeliveryTest, ALaneWithoutRowsOfItsTypeHoldsNoSegmentBack) {
    memory.type_ = "track";
    open();
    start_pump();
    for (int i = 0; i < 3; ++i) {
        add_rows(250, Kind::alias);  // about a segment
        step();
    }
    clock.advance_ms(5'000);
    step();
    EXPECT_EQ(pump->keep_from(), journal->synced());
    expect_balance(750);
    crash(Crash::lose_unsynced);
    open();
    add_rows(1, Kind::track);
    start_pump();
    step(true);
    EXPECT_THAT(memory.batches.at(0).seqs, ElementsAre(751));
    EXPECT_EQ(pump->stats().damaged.get(), 0U);
    expect_balance(751);
}

TEST_F(PartialDeliveryTest, WhatALaneOfOneTypePassesIsCountedAtOnceAndSavedNowAndThen) {
    pass_an_alias();
    auto const saved = pump->keep_from();
    add_rows(2, Kind::alias);
    step();
    expect_balance(3);
    EXPECT_EQ(pump->keep_from(), saved);
    EXPECT_TRUE(pump->caught_up());
    clock.advance_ms(5'000);
    step();
    expect_balance(3);
    EXPECT_EQ(pump->keep_from(), journal->synced());
}

TEST_F(PartialDeliveryTest, WhatIsPassedOfAnEarlierNodeIsNotCountedForThePresentOne) {
    pass_an_alias();
    add_rows(2, Kind::alias);
    pump.reset();
    open({1, 1'000'000, 1'000});  // a restored copy
    start_pump();
    step();
    EXPECT_TRUE(pump->caught_up());
    expect_balance(0);
    add_rows(1, Kind::track);
    step(true);
    expect_balance(1);
}

TEST_F(PartialDeliveryTest, ALaneOfOneTypeKeepsItsAccountAcrossPartialBatches) {
    memory.type_ = "track";
    open();
    for (int i = 0; i < 4; ++i) {
        add_rows(1, Kind::alias);
        add_rows(2, Kind::track);
    }
    let_arrive_first({2, 3, 5, 8});
    start_pump();
    step(true);
    expect_balance(5);
    clock.advance_ms(60'000);
    step(true);
    EXPECT_THAT(memory.batches.at(1).seqs, ElementsAre(6, 9, 11, 12));
    expect_balance(12);
}

TEST_F(PartialDeliveryTest, ARowOfAnotherTypeThatIsDamagedMeanwhileCountsAsDamaged) {
    memory.type_ = "track";
    open();
    auto const place = journal->synced();
    add_rows(1, Kind::alias);
    add_rows(2, Kind::track);
    let_arrive_first({2});
    start_pump();
    step();  // counts the rows, and waits for more
    fs.flip_byte(segment(place.segment), place.offset + 70);
    for (int i = 0; i < 3; ++i) {
        step(true);
        clock.advance_ms(60'000);
    }
    EXPECT_EQ(pump->stats().damaged.get(), 1U);
    EXPECT_EQ(pump->stats().detached.get(), 0U);
    EXPECT_EQ(pump->stats().delivered.get(), 2U);
    expect_balance(3);
}

TEST_F(PartialDeliveryTest, WhatNeedsSomebodyIsTriedRarelyAndSaidToHold) {
    memory.failures_left = 100;
    memory.error = Errc::rejected;
    open();
    add_rows(1);
    start_pump();
    std::int64_t wait = 0;
    for (int i = 0; i < 12; ++i) {
        wait = step(true) - clock.steady_ms();
        clock.advance_ms(wait);
    }
    EXPECT_GE(wait, 30'000);
    EXPECT_LE(wait, 60'000);
    EXPECT_EQ(pump->stats().holding.get(), 1U);
}

TEST_F(PartialDeliveryTest, AReceiptStaysWhenARowLeavesTheQuarantine) {
    auto place = quarantine();
    for (std::uint64_t seq : {7U, 8U, 9U})
        ASSERT_TRUE(place.put({"memory", "node", seq, "no", "2026-11-24T00:00:00.000Z", "{}\n"}));
    auto const rows = place.list().value();
    ASSERT_TRUE(place.end(rows[0], journal::QuarantineEnd::sent, "2026-11-24T00:00:01.000Z"));
    ASSERT_TRUE(place.end(rows[2], journal::QuarantineEnd::dropped, "2026-11-24T00:00:01.000Z"));
    auto const receipts = place.receipts("memory").value();
    ASSERT_EQ(receipts.size(), 2U);
    EXPECT_EQ(receipts[0].seq, 7U);
    EXPECT_EQ(receipts[1].end, journal::QuarantineEnd::dropped);
    EXPECT_EQ(place.list().value().size(), 1U);
}

}  // namespace
}  // namespace inlet::delivery
