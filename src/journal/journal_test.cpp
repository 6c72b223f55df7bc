#include "journal/journal.hpp"

#include <array>
#include <gmock/gmock.h>
#include <thread>

#include "journal/intake.hpp"
#include "journal/journal_fixture.hpp"
#include "journal/lane_state.hpp"
#include "support/forwarding_file_system.hpp"

namespace inlet::journal {
namespace {

using test::Crash;
using testing::ElementsAre;

TEST_F(JournalTest, AcknowledgedRowsAreReadBackInOrderAfterReopening) {
    open();
    ASSERT_TRUE(append({"a", "b"}));
    ASSERT_TRUE(append({"c"}));
    close();
    open();
    EXPECT_THAT(texts(), ElementsAre("a", "b", "c"));
}

TEST_F(JournalTest, SeqsGoOnWithoutAGapAndTheNodeStaysAcrossReopening) {
    open();
    ASSERT_TRUE(append({"a", "b"}));
    EXPECT_EQ(last_seq, 2U);
    auto const node = journal->node();
    close();
    open();
    ASSERT_TRUE(append({"c"}));
    EXPECT_EQ(last_seq, 3U);
    EXPECT_EQ(journal->node(), node);
    EXPECT_EQ(read().rows.back(), (ReadRow{3, "c", node}));
}

TEST_F(JournalTest, AcknowledgedRowsSurviveAPowerCut) {
    open();
    ASSERT_TRUE(append({"a"}));
    ASSERT_TRUE(append({"b"}));
    crash(Crash::lose_unsynced);
    open();
    EXPECT_THAT(texts(), ElementsAre("a", "b"));
}

TEST_F(JournalTest, ACleanlyClosedSegmentIsContinued) {
    open();
    ASSERT_TRUE(append({"a"}));
    close();
    open();
    ASSERT_TRUE(append({"b"}));
    EXPECT_FALSE(fs.bytes(segment(2)).has_value());
}

TEST_F(JournalTest, EntriesGoOnInANewSegmentWhenOneIsFull) {
    open();
    std::string const large(30'000, 'x');
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(append({large}));
    EXPECT_TRUE(fs.bytes(segment(3)).has_value());
    EXPECT_EQ(read().rows.size(), 5U);
    close();
    open();
    EXPECT_EQ(read().rows.size(), 5U);
}

TEST_F(JournalTest, AnEntryLargerThanASegmentGetsOneOfItsOwn) {
    open();
    ASSERT_TRUE(append({"small"}));
    ASSERT_TRUE(append({std::string(200'000, 'x')}));
    ASSERT_TRUE(append({"after"}));
    close();
    open();
    auto const rows = read().rows;
    ASSERT_EQ(rows.size(), 3U);
    EXPECT_EQ(rows[1].text.size(), 200'000U);
    EXPECT_EQ(rows[2].text, "after");
}

TEST_F(JournalTest, ManyThreadsGetTheirOwnSeqs) {
    open();
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([this] {
            Client own(*journal);
            for (int i = 0; i < 50; ++i) {
                Waiter waiter;
                ASSERT_TRUE(own.append(1, 1, "row\n", waiter).has_value());
                own.submit();
                ASSERT_EQ(own.wait().pop(), &waiter);
                ASSERT_TRUE(waiter.stored);
            }
        });
    }
    for (auto& thread : threads) thread.join();
    auto const rows = read().rows;
    ASSERT_EQ(rows.size(), 200U);
    for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i].seq, i + 1);
}

TEST_F(JournalTest, AFailedSyncIsNotAcknowledgedOnTheSameSegment) {
    open();
    ASSERT_TRUE(append({"a"}));
    fs.fail_call({.call = fs.calls() + 2});  // the sync of the next commit
    EXPECT_TRUE(append({"b"}));              // written again, into another segment
    EXPECT_TRUE(fs.bytes(segment(2)).has_value());
    EXPECT_THAT(texts(), ElementsAre("a", "b"));
    crash(Crash::lose_unsynced);
    open();
    EXPECT_THAT(texts(), ElementsAre("a", "b"));
    EXPECT_EQ(read().rows.back().seq, 2U);
}

TEST_F(JournalTest, AnEntryThatCannotBeWrittenTwiceIsRefusedAndTheJournalRecoversByItself) {
    open();
    ASSERT_TRUE(append({"a"}));
    fs.fail_call({.call = fs.calls() + 1, .err = ENOSPC, .persistent = true});
    EXPECT_FALSE(append({"b"}));
    EXPECT_EQ(journal->health(), Health::failing);
    EXPECT_FALSE(append({"c"}));
    EXPECT_EQ(last_refusal.error().code, Errc::io);

    fs.clear_faults();
    while (journal->health() != Health::ok) std::this_thread::yield();
    ASSERT_TRUE(append({"d"}));
    EXPECT_EQ(last_seq, 2U);  // no number was used up by what was refused
    EXPECT_THAT(texts(), ElementsAre("a", "d"));
}

TEST_F(JournalTest, ASegmentThatCouldNotBeBegunKeepsNoSpace) {
    for (std::uint64_t failing = 1; failing <= 5;
         ++failing) {  // reserve, write, sync, rename, folder
        SCOPED_TRACE(failing);
        open();
        while (!append({"a"})) continue;
        auto const before = fs.files();
        fs.fail_call({.call = fs.calls() + 1});  // the commit,
        fs.fail_call(
            {.call = fs.calls() + 2 + failing});  // and what comes after the new file is there
        EXPECT_FALSE(append({std::string(100, 'b')}));
        fs.clear_faults();
        while (journal->health() != Health::ok) std::this_thread::yield();
        // One more was begun meanwhile and is in use; of the failed one nothing is left.
        EXPECT_EQ(fs.files().size(), before.size() + 1);
        close();
    }
}

TEST_F(JournalTest, AStartOnABrokenDiskServesWhatIsThere) {
    open();
    ASSERT_TRUE(append({"a"}));
    ASSERT_TRUE(append({"b"}));
    crash(Crash::lose_unsynced);
    fs.fail_call({.call = fs.calls() + 1, .err = EROFS, .persistent = true});
    open();
    // Of the last commit nobody knows whether the disk has it.
    EXPECT_THAT(texts(), ElementsAre("a"));
    auto const shown = journal->synced();
    fs.clear_faults();
    journal->wait_synced(shown, clock.steady_ns() + 20'000'000'000);
    EXPECT_THAT(texts(), ElementsAre("a", "b"));
}

TEST_F(JournalTest, ASecondProcessIsRefused) {
    open();
    auto second = Journal::open(fs, clock, options, {});
    ASSERT_FALSE(second.has_value());
    EXPECT_EQ(second.error().code, Errc::exists);
    EXPECT_TRUE(append({"a"}));
}

TEST_F(JournalTest, AppendIsRefusedAboveMaxBytesUntilSomethingIsReleased) {
    options.max_bytes = 1'000;
    open();
    while (append({std::string(100, 'x')})) {
    }
    EXPECT_EQ(last_refusal.error().code, Errc::full);
    EXPECT_EQ(journal->health(), Health::full);
    journal->release(journal->synced());
    EXPECT_EQ(journal->health(), Health::ok);
    EXPECT_TRUE(append({"y"}));
}

TEST_F(JournalTest, AppendIsRefusedWhenTheQueueIsFull) {
    options.queue_bytes = 1'000;
    open();
    EXPECT_FALSE(append({std::string(2'000, 'x')}));
    EXPECT_EQ(last_refusal.error().code, Errc::overloaded);
}

TEST_F(JournalTest, TheEntriesOfOneTurnAreOneCommit) {
    open();
    std::array<Waiter, 3> waiters;
    for (auto& waiter : waiters) ASSERT_TRUE(client->append(1, 2, "a\nb\n", waiter));
    client->submit();
    auto completed = client->wait();
    for (std::size_t i = 0; i < waiters.size(); ++i) {
        EXPECT_EQ(completed.pop(), &waiters[i]);
        EXPECT_TRUE(waiters[i].stored);
        EXPECT_EQ(waiters[i].last_seq, 2 * i + 2);
    }
    EXPECT_EQ(completed.pop(), nullptr);
    EXPECT_EQ(journal->stats().commits.get(), 1U);
}

TEST_F(JournalTest, WhatIsGatheredDuringAHandOverGoesBehindIt) {
    open();
    Waiter first;
    Waiter second;
    ASSERT_TRUE(client->append(1, 1, "first\n", first));
    client->submit();
    ASSERT_TRUE(client->append(1, 1, "second\n", second));
    client->submit();  // keeps it: the first one has not been taken
    auto completed = client->wait();
    EXPECT_EQ(completed.pop(), &first);
    EXPECT_EQ(completed.pop(), nullptr);
    EXPECT_EQ(journal->stats().appended_entries.get(), 1U);
    client->submit();
    EXPECT_EQ(client->wait().pop(), &second);
    EXPECT_THAT(texts(), ElementsAre("first", "second"));
}

TEST_F(JournalTest, MuchIsHandedOverBeforeTheTurnIsOver) {
    open();
    Waiter waiter;
    ASSERT_TRUE(client->append(1, 1, std::string(Intake::kHandOverBytes, 'x') + "\n", waiter));
    EXPECT_EQ(client->wait().pop(), &waiter);
    EXPECT_TRUE(waiter.stored);
}

TEST_F(JournalTest, AnEntryThatIsRefusedLeavesNothingInTheCommit) {
    options.queue_bytes = 1'000;
    open();
    std::array<Waiter, 3> waiters;
    ASSERT_TRUE(client->append(1, 1, "a\n", waiters[0]));
    ASSERT_FALSE(client->append(1, 1, std::string(2'000, 'x') + "\n", waiters[1]));
    ASSERT_TRUE(client->append(1, 1, "b\n", waiters[2]));
    client->submit();
    EXPECT_EQ(client->wait().pop(), &waiters[0]);
    EXPECT_THAT(texts(), ElementsAre("a", "b"));
    EXPECT_EQ(journal->stats().queue_bytes.get(), 0U);
}

TEST_F(JournalTest, AnEntryThatComesAfterTheWriterEndedIsKnownNotToBeStored) {
    open();
    Waiter waiter;
    ASSERT_TRUE(client->append(1, 1, "late\n", waiter));
    journal->stop();
    client->submit();
    EXPECT_EQ(client->wait().pop(), &waiter);
    EXPECT_FALSE(waiter.stored);
    EXPECT_EQ(waiter.error, Errc::stopping);
    EXPECT_TRUE(texts().empty());
}

TEST_F(JournalTest, AppendIsRefusedAfterStopAndWhatWasQueuedIsCommitted) {
    open();
    Waiter waiter;
    ASSERT_TRUE(client->append(1, 1, "last\n", waiter).has_value());
    client->submit();
    journal->stop();
    EXPECT_TRUE(waiter.stored);
    EXPECT_FALSE(append({"too late"}));
    EXPECT_EQ(last_refusal.error().code, Errc::stopping);
    EXPECT_EQ(journal->health(), Health::stopping);
}

TEST_F(JournalTest, ReleasedSegmentsAreWrittenOverAndTheirOldEntriesNeverComeBack) {
    options.spare_segments = 2;
    open();
    std::string const large(30'000, 'o');
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(append({large}));  // segments 1 and 2
    ASSERT_TRUE(append({large}));                              // segment 3
    auto const keep = journal->synced();
    journal->release(keep);
    std::string const other(30'000, 'n');
    for (int i = 0; i < 4; ++i)
        ASSERT_TRUE(append({other}));  // segment 4 is written over an old file
    EXPECT_FALSE(fs.bytes(segment(1)).has_value());
    crash(Crash::keep_all);
    open();
    auto const rows = read(keep).rows;
    EXPECT_EQ(rows.size(), 4U);
    for (auto const& row : rows) EXPECT_EQ(row.text, other);
}

TEST_F(JournalTest, AReleasedSegmentThatCannotBeKeptIsRemovedAndOneThatCannotBeRemovedHarmsNobody) {
    options.spare_segments = 2;
    for (std::uint64_t failing = 1; failing <= 3;
         ++failing) {  // rename, sync of the folder, all from the rename on
        SCOPED_TRACE(failing);
        open();
        auto const before = fs.files().size();
        std::string const large(30'000, 'o');
        for (int i = 0; i < 4; ++i) ASSERT_TRUE(append({large}));
        fs.fail_call({.call = fs.calls() + (failing == 2 ? 2 : 1), .persistent = failing == 3});
        journal->release(journal->synced());
        fs.clear_faults();
        EXPECT_LE(fs.files().size(), before + 2) << "the open one, and what could not be removed";
        ASSERT_TRUE(append({"n"}));
        EXPECT_EQ(texts().back(), "n");
        close();
    }
}

// Of segments that hold one entry each; the test takes the place of the writer.
class SteppedJournalTest : public JournalTest {
  protected:
    void open_stepped(FileSystem& files) {
        auto opened = Journal::open(files, clock, options, {}, Naming::keep, Writer::caller);
        ASSERT_TRUE(opened.has_value());
        journal = std::move(opened.value());
        client = std::make_unique<Client>(*journal);
    }
    bool append_and_step() {
        Waiter waiter;
        EXPECT_TRUE(client->append(1, 1, std::string(40'000, 'a') + "\n", waiter).has_value());
        client->submit();
        journal->step({});
        EXPECT_EQ(client->wait().pop(), &waiter);
        return waiter.stored;
    }
};

// Nothing can be opened, as in a process that has no descriptor left.
class OpensNothing final : public test::ForwardingFileSystem {
  public:
    using ForwardingFileSystem::ForwardingFileSystem;
    Result<std::unique_ptr<File>> open(std::string const& path, OpenMode mode) override {
        if (refuses) return errno_error(EMFILE, path + ": open");
        return ForwardingFileSystem::open(path, mode);
    }
    bool refuses = false;
};

TEST_F(SteppedJournalTest, SparesThatCannotBeOpenedKeepNoSpace) {
    options.spare_segments = 2;
    OpensNothing files(fs);
    open_stepped(files);
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(append_and_step());
    journal->release(journal->synced());
    files.refuses = true;
    EXPECT_FALSE(append_and_step());
    for (int i = 0; i < 3; ++i) journal->step({});
    files.refuses = false;
    journal->step({});
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(append_and_step());
    journal->release(journal->synced());
    EXPECT_EQ(segment_files(), 3U) << "the open one, and two spares";
    close();
}

TEST_F(SteppedJournalTest, ASegmentWhoseFirstCommitFailedIsReleasedLikeAnyOther) {
    options.spare_segments = 0;
    for (std::uint64_t const failing : {7, 8}) {  // the write and the sync of the commit
        SCOPED_TRACE(failing);
        open_stepped(fs);
        ASSERT_TRUE(append_and_step());
        auto const before = journal->synced().segment;
        fs.fail_call({.call = fs.calls() + failing});
        ASSERT_TRUE(append_and_step());
        ASSERT_EQ(journal->synced().segment, before + 2);
        journal->release(journal->synced());
        EXPECT_EQ(segment_files(), 1U);
        close();
    }
}

TEST_F(SteppedJournalTest, AFileThatCannotBeRemovedGoesWhenTheDiskTakesItAgain) {
    options.spare_segments = 0;
    open_stepped(fs);
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(append_and_step());
    fs.fail_call({.call = fs.calls() + 1, .persistent = true});
    journal->release(journal->synced());
    journal->step({});
    EXPECT_EQ(segment_files(), 4U);
    fs.clear_faults();
    journal->step({});
    EXPECT_EQ(segment_files(), 1U);
}

TEST_F(JournalTest, AnEmptyFolderGetsANodeOfItsOwn) {
    open();
    auto const node = journal->node();
    EXPECT_EQ(node.size(), kNodeSize);
    close();
    for (auto const& file : fs.files()) ASSERT_TRUE(fs.remove(file).has_value());
    open();
    EXPECT_NE(journal->node(), node);
}

TEST_F(JournalTest, ARestoredCopyThatEndsBelowACursorGetsANewNodeAndCountsFromOne) {
    open();
    ASSERT_TRUE(append({"a"}));
    auto const node = journal->node();
    auto const later = Position{1, journal->synced().offset + 800, 7};
    close();
    open(later);
    EXPECT_NE(journal->node(), node);
    ASSERT_TRUE(append({"b"}));
    EXPECT_EQ(last_seq, 1U);
    auto const rows = read().rows;
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(rows[0], (ReadRow{1, "a", node}));
    EXPECT_EQ(rows[1], (ReadRow{1, "b", journal->node()}));
}

TEST_F(JournalTest, AReaderWhoseSegmentWasReleasedGoesOnWithTheNext) {
    open();
    ASSERT_TRUE(append({"a"}));
    auto const cursor = journal->synced();
    close();
    fs.flip_byte(segment(1), 1);  // not a clean end: the next start takes another segment
    fs.flip_byte(segment(1), 2049);
    open();
    ASSERT_TRUE(append({"b"}));
    auto const back = read(cursor);
    ASSERT_EQ(back.rows.size(), 1U);
    EXPECT_EQ(back.rows[0].text, "b");
}

TEST_F(JournalTest, AJournalOfANewerVersionIsRefused) {
    open();
    close();
    fs.flip_byte(segment(1), 11);  // the version becomes huge
    auto opened = try_open();
    ASSERT_FALSE(opened.has_value());
    EXPECT_THAT(opened.error().message(), testing::HasSubstr("newer version"));
}

TEST_F(JournalTest, ACopyGoesOnUnderANewNodeWhenAskedAndKeepsWhatItHeld) {
    open();
    ASSERT_TRUE(append({"a", "b"}));
    auto const old_node = journal->node();
    close();
    auto renamed = Journal::open(fs, clock, options, {}, Naming::new_node);
    ASSERT_TRUE(renamed.has_value());
    auto const new_node = renamed.value()->node();
    EXPECT_NE(new_node, old_node);
    renamed.value().reset();

    open();  // and it stays
    ASSERT_TRUE(append({"c"}));
    EXPECT_EQ(read().rows,
              (std::vector<ReadRow>{{1, "a", old_node}, {2, "b", old_node}, {1, "c", new_node}}));
}

}  // namespace
}  // namespace inlet::journal
