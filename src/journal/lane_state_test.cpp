#include "journal/lane_state.hpp"

#include <gtest/gtest.h>

#include "support/faulty_file_system.hpp"
#include "support/forwarding_file_system.hpp"

namespace inlet::journal {
namespace {

using test::Crash;
using test::FaultyFileSystem;

LaneState sample() {
    LaneState state;
    state.node = "abcdefghijklm";
    state.cursor = {3, 4096, 18};
    state.delivered = 15;
    state.damaged = 2;
    state.is_detached = true;
    state.plan = Plan{{4, 8192, 30}, 18, 29, "destination /lake\nany text"};
    return state;
}

TEST(LaneState, IsReadBackAsItWasWritten) {
    auto const state = decode_lane_state(encode(sample())).value();
    EXPECT_EQ(state.node, "abcdefghijklm");
    EXPECT_EQ(state.cursor, (Position{3, 4096, 18}));
    EXPECT_EQ(state.cursor.seq, 18U);
    EXPECT_EQ(state.delivered, 15U);
    EXPECT_EQ(state.damaged, 2U);
    EXPECT_TRUE(state.is_detached);
    ASSERT_TRUE(state.plan.has_value());
    EXPECT_EQ(state.plan->end, (Position{4, 8192, 30}));
    EXPECT_EQ(state.plan->last_seq, 29U);
    EXPECT_EQ(state.plan->text, "destination /lake\nany text");
}

TEST(LaneState, NothingCutOffFromARecordIsTakenForAWholeOne) {
    auto state = sample();
    state.plan->text = "";
    auto const text = encode(state);
    auto const without_plan = text.find("plan-end");
    for (std::size_t size = 0; size < text.size(); ++size) {
        if (size == without_plan) continue;  // that is a record of its own
        EXPECT_FALSE(decode_lane_state(text.substr(0, size)).has_value()) << size;
    }
}

TEST(LaneState, TheFurthestPlaceIsThatOfAnyCursorOrPlan) {
    EXPECT_EQ(furthest({}), (Position{}));
    EXPECT_EQ(furthest({{"a", sample()}, {"b", {}}}), (Position{4, 8192, 30}));
}

TEST(LaneState, ADamagedRecordIsAnErrorBecauseGuessingWouldLoseRows) {
    FaultyFileSystem fs;
    ASSERT_TRUE(fs.make_directories("j").has_value());
    auto file = SlotFile::open(fs, "j", lane_file_name("lake")).value();
    ASSERT_TRUE(file.replace("inlet-lane 1\nnonsense\n").has_value());
    EXPECT_FALSE(read_lanes(fs, "j").has_value());
}

class ListsNothing final : public test::ForwardingFileSystem {
  public:
    using ForwardingFileSystem::ForwardingFileSystem;
    Result<std::vector<std::string>> list(std::string const& path) override {
        return errno_error(EIO, path + ": list");
    }
};

TEST(LaneState, AFolderThatCannotBeListedIsAnErrorBecauseNoLanesWouldNeedNoRows) {
    FaultyFileSystem fs;
    ASSERT_TRUE(fs.make_directories("j").has_value());
    ListsNothing files(fs);
    auto const lanes = read_lanes(files, "j");
    ASSERT_FALSE(lanes.has_value());
    EXPECT_EQ(lanes.error().code, Errc::io);
    EXPECT_TRUE(read_lanes(fs, "elsewhere").value().empty());
}

TEST(LaneState, ALaneThatNeverDeliveredNeedsAllThatIsThere) {
    FaultyFileSystem fs;
    ASSERT_TRUE(fs.make_directories("j").has_value());
    ASSERT_TRUE(SlotFile::open(fs, "j", lane_file_name("firehose")).has_value());
    auto const lanes = read_lanes(fs, "j").value();
    ASSERT_EQ(lanes.size(), 1U);
    EXPECT_EQ(lanes[0].name, "firehose");
    EXPECT_EQ(lanes[0].state.cursor, (Position{}));
}

TEST(SlotFile, ACrashWhileReplacingLeavesTheOldOrTheNewRecord) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        FaultyFileSystem fs;
        ASSERT_TRUE(fs.make_directories("j").has_value());
        auto file = SlotFile::open(fs, "j", "record").value();
        ASSERT_TRUE(file.replace(std::string(2'000, 'a')).has_value());
        ASSERT_TRUE(file.replace(std::string(2'000, 'b')).has_value());
        fs.fail_call({.call = fs.calls() + 1 + seed % 2, .partial_bytes = seed * 20});
        ASSERT_FALSE(file.replace(std::string(2'000, 'c')).has_value());
        fs.crash(Crash::keep_some, seed);
        auto const record = SlotFile::open(fs, "j", "record").value().record();
        EXPECT_TRUE(record == std::string(2'000, 'b') || record == std::string(2'000, 'c')) << seed;
    }
}

TEST(SlotFile, ARecordThatAKilledProcessLeftUnsyncedIsOnDiskBeforeItIsBelieved) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        FaultyFileSystem fs(seed);
        ASSERT_TRUE(fs.make_directories("j").has_value());
        auto file = SlotFile::open(fs, "j", "record").value();
        ASSERT_TRUE(file.replace(std::string(2'000, 'a')).has_value());
        fs.fail_call({.call = fs.calls() + 2});  // the sync, of which some sectors get through
        ASSERT_FALSE(file.replace(std::string(2'000, 'b')).has_value());
        fs.crash(Crash::keep_all);
        auto const believed = SlotFile::open(fs, "j", "record").value().record();
        fs.crash(Crash::lose_unsynced);
        auto const kept = SlotFile::open(fs, "j", "record").value().record();
        EXPECT_TRUE(kept == believed) << seed;
    }
}

TEST(SlotFile, ReplacingNeedsNoNewDiskSpace) {
    FaultyFileSystem fs;
    ASSERT_TRUE(fs.make_directories("j").has_value());
    auto file = SlotFile::open(fs, "j", "record").value();
    fs.set_capacity(0);
    EXPECT_TRUE(file.replace("one").has_value());
    EXPECT_TRUE(file.replace("two").has_value());
}

TEST(SlotFile, ARecordThatIsTooLongIsRefusedAndTheOldOneStays) {
    FaultyFileSystem fs;
    ASSERT_TRUE(fs.make_directories("j").has_value());
    auto file = SlotFile::open(fs, "j", "record").value();
    ASSERT_TRUE(file.replace("kept").has_value());
    EXPECT_FALSE(file.replace(std::string(SlotFile::kMaxRecordBytes + 1, 'x')).has_value());
    EXPECT_EQ(SlotFile::open(fs, "j", "record").value().record(), "kept");
}

// Reading it for a look and opening it for use must see the same.
TEST(SlotFile, ARecordIsWholeEvenIfTheFileEndsBehindIt) {
    FaultyFileSystem fs;
    ASSERT_TRUE(fs.make_directories("j").has_value());
    ASSERT_TRUE(SlotFile::open(fs, "j", "record").value().replace("kept").has_value());
    for (std::uint64_t const size : {8191, 4096 + 24 + 4}) {
        fs.truncate("j/record", size);
        EXPECT_EQ(SlotFile::peek(fs, "j/record").value(), "kept") << size;
    }
    fs.truncate("j/record", 4096 + 24 + 3);
    EXPECT_EQ(SlotFile::peek(fs, "j/record").value(), "");
    EXPECT_EQ(SlotFile::open(fs, "j", "record").value().record(), "");
}

TEST(SlotFile, SaysSoWhenThereWasARecordAndNoneIsWhole) {
    test::FaultyFileSystem fs;
    ASSERT_TRUE(fs.make_directories("j"));
    {
        auto file = SlotFile::open(fs, "j", "record").value();
        EXPECT_FALSE(file.is_damaged()) << "there was none";
        ASSERT_TRUE(file.replace("first"));
        ASSERT_TRUE(file.replace("second"));
    }
    EXPECT_FALSE(SlotFile::open(fs, "j", "record").value().is_damaged());
    fs.flip_byte("j/record", 24);
    EXPECT_FALSE(SlotFile::open(fs, "j", "record").value().is_damaged())
        << "the other one is whole";
    fs.flip_byte("j/record", 24);
    for (std::uint64_t at : {24, 4096 + 24}) fs.flip_byte("j/record", at);
    auto const file = SlotFile::open(fs, "j", "record").value();
    EXPECT_TRUE(file.is_damaged());
    EXPECT_EQ(file.record(), "");
}

}  // namespace
}  // namespace inlet::journal
