#include "journal/detach.hpp"

#include <gtest/gtest.h>

#include "journal/journal_fixture.hpp"
#include "journal/lane_state.hpp"
#include "journal/slot_file.hpp"

namespace inlet::journal {
namespace {

class DetachTest : public JournalTest {
  protected:
    void add_lane(LaneState const& state) {
        auto file = SlotFile::open(fs, kDir, lane_file_name("lake"));
        ASSERT_TRUE(file.has_value());
        ASSERT_TRUE(file.value().replace(encode(state)).has_value());
    }
    Result<LaneState> detach_lane(std::string_view name = "lake") {
        return detach(fs, clock, options, name);
    }
    LaneState lane() {
        auto const lanes = read_lanes(fs, kDir);
        EXPECT_TRUE(lanes.has_value() && lanes.value().size() == 1);
        return lanes.value().front().state;
    }
};

TEST_F(DetachTest, WhatTheLaneStillHadToBringCountsAsDetached) {
    open();
    append({"a", "b"});
    add_lane({.node = journal->node(), .cursor = journal->synced(), .delivered = 2});
    append({"c", "d", "e"});
    auto const end = journal->synced();
    close();
    ASSERT_TRUE(detach_lane().has_value());
    EXPECT_EQ(lane().cursor, end);
    EXPECT_EQ(lane().delivered, 2U);
    EXPECT_EQ(lane().detached, 3U);
    EXPECT_TRUE(lane().is_detached);
}

TEST_F(DetachTest, WhatIsLeftOfAnEarlierNodeIsGivenUpToo) {
    open();
    append({"a"});
    add_lane({.node = "another", .cursor = {1, kSegmentHeaderBytes, 8}, .delivered = 7});
    close();
    ASSERT_TRUE(detach_lane().has_value());
    open();
    EXPECT_EQ(lane().node, journal->node());
    EXPECT_EQ(lane().delivered, 0U);
    EXPECT_EQ(lane().detached, 1U);
}

// What lies before a cursor counts as being on disk.
TEST_F(DetachTest, ACommitThatAKilledProcessLeftUnsyncedIsOnDiskBeforeTheCursorPassesIt) {
    open();
    append({"a"});
    auto const node = journal->node();
    add_lane({});
    fs.fail_call({.call = fs.calls() + 2, .persistent = true});  // the sync of what comes
    append({"b"});
    crash(test::Crash::keep_all);
    ASSERT_TRUE(detach_lane().has_value());
    EXPECT_EQ(lane().cursor.seq, 3U);
    crash(test::Crash::lose_unsynced);
    open(lane().cursor);
    EXPECT_EQ(journal->node(), node);
    EXPECT_EQ(journal->synced(), lane().cursor);
    EXPECT_EQ(texts(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(DetachTest, OnADiskThatTakesNoWritesNothingIsGivenUp) {
    open();
    append({"a"});
    add_lane({});
    close();
    fs.fail_call({.call = fs.calls() + 1, .persistent = true});
    auto const done = detach_lane();
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code, Errc::io);
    fs.clear_faults();
    EXPECT_FALSE(lane().is_detached);
}

// A new node has begun, of which nothing is on disk yet. Were the cursor moved back, the next start would give numbers again.
TEST_F(DetachTest, InACopyThatEndsBeforeItsCursorsNothingIsGivenUpWithoutTheNewNodeOnDisk) {
    open();
    append({"a"});
    auto const node = journal->node();
    LaneState const ahead = {.node = node, .cursor = {3, kSegmentHeaderBytes, 9}, .delivered = 8};
    add_lane(ahead);
    close();
    fs.set_capacity(0);
    EXPECT_FALSE(detach_lane().has_value());
    EXPECT_EQ(lane().cursor, ahead.cursor);
    EXPECT_FALSE(lane().is_detached);
    fs.set_capacity(1 << 30);
    ASSERT_TRUE(detach_lane().has_value());
    open(lane().cursor);
    EXPECT_NE(journal->node(), node);
    EXPECT_EQ(lane().node, journal->node());
}

TEST_F(DetachTest, ALaneThatComesBackToAJournalWithoutSegmentsIsLeftWhereItStands) {
    LaneState const detached = {
        .node = "n", .cursor = {1, kSegmentHeaderBytes, 1}, .is_detached = true};
    auto const kept = attach(fs, kDir, detached, {7, kSegmentHeaderBytes, 1});
    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ(kept.value().cursor, detached.cursor);
    EXPECT_FALSE(kept.value().is_detached);
}

TEST_F(DetachTest, OfADamagedFirstSegmentALaneThatComesBackFindsOutLater) {
    open();
    append({"a"});
    LaneState const detached = {.node = "n", .is_detached = true};
    fs.flip_byte(segment(1), 20);
    fs.flip_byte(segment(1), 2048 + 20);
    auto const kept = attach(fs, kDir, detached, journal->first());
    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ(kept.value().cursor, detached.cursor);
    fs.make_unreadable(segment(1));
    auto const failed = attach(fs, kDir, detached, journal->first());
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code, Errc::io);
}

// It may be what frees the disk.
TEST_F(DetachTest, NoDiskSpaceIsNeeded) {
    open();
    append({"a"});
    add_lane({});
    fs.fail_call({.call = fs.calls() + 1, .persistent = true, .partial_bytes = 100});
    append({std::string(5'000, 'b')});
    // With a torn commit at the end: what comes next needs a new segment.
    crash(test::Crash::keep_all);
    fs.set_capacity(0);
    ASSERT_TRUE(detach_lane().has_value());
    EXPECT_EQ(lane().detached, 1U);
    EXPECT_TRUE(lane().is_detached);
}

TEST_F(DetachTest, ALaneThatComesBackHasMissedWhatWasReleasedAndNoMore) {
    options.segment_bytes = 16 << 10;
    open();
    add_lane({});
    append({"a"});
    close();
    ASSERT_TRUE(detach_lane().has_value());
    open();
    for (int i = 0; i < 5; ++i) append({std::string(6'000, 'b')});
    auto const kept = attach(fs, kDir, lane(), journal->first());
    ASSERT_TRUE(kept.has_value());
    EXPECT_EQ(kept.value().cursor, lane().cursor);
    EXPECT_EQ(kept.value().detached, 1U);
    EXPECT_FALSE(kept.value().is_detached);

    journal->release(journal->synced());
    auto const moved = attach(fs, kDir, lane(), journal->first());
    ASSERT_TRUE(moved.has_value());
    auto const rows = read(moved.value().cursor).rows;
    ASSERT_FALSE(rows.empty());
    EXPECT_EQ(moved.value().cursor.seq, rows.front().seq);
    EXPECT_EQ(moved.value().detached, rows.front().seq - 1);
    EXPECT_FALSE(moved.value().is_detached);
}

TEST_F(DetachTest, AServerThatRunsIsInTheWay) {
    open();
    add_lane({});
    auto const done = detach_lane();
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code, Errc::exists);
    EXPECT_FALSE(lane().is_detached);
}

TEST_F(DetachTest, ALaneThatTheFolderDoesNotKnowIsNotMade) {
    open();
    close();
    auto const done = detach_lane("nobody");
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code, Errc::not_found);
    EXPECT_TRUE(read_lanes(fs, kDir).value().empty());
}

}  // namespace
}  // namespace inlet::journal
