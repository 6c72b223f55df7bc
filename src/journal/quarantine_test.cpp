#include "journal/quarantine.hpp"

#include <gtest/gtest.h>

#include "support/faulty_file_system.hpp"
#include "support/forwarding_file_system.hpp"

namespace inlet::journal {
namespace {

using test::Crash;
using test::FaultyFileSystem;

constexpr std::uint64_t kRoom = 1'000;
constexpr char const* kNode = "abcdefghijklm";
constexpr char const* kReceipts = "j/quarantine/lake/receipts";

QuarantinedRow row(std::uint64_t seq, std::string const& lane = "lake") {
    return {lane,
            kNode,
            seq,
            "too large",
            "2026-11-22T11:04:02.123Z",
            "{\"seq\":" + std::to_string(seq) + "}\n"};
}

class QuarantineTest : public testing::Test {
  protected:
    std::vector<QuarantinedRow> rows() { return quarantine.list().value(); }
    std::vector<QuarantineReceipt> receipts() { return quarantine.receipts("lake").value(); }

    FaultyFileSystem fs;
    Quarantine quarantine{fs, "j", kRoom};
};

TEST_F(QuarantineTest, IsEmptyBeforeAnythingWasSetAside) {
    EXPECT_TRUE(rows().empty());
    EXPECT_TRUE(receipts().empty());
}

TEST_F(QuarantineTest, KeepsRowsInOrderAcrossAPowerCut) {
    for (std::uint64_t const seq : {10, 9, 8}) ASSERT_TRUE(quarantine.put(row(seq)).has_value());
    ASSERT_TRUE(quarantine.put(row(1, "firehose")).has_value());
    fs.crash(Crash::lose_unsynced);
    ASSERT_EQ(rows().size(), 4U);
    EXPECT_EQ(rows()[0].lane, "firehose");
    EXPECT_EQ(rows()[1].seq, 8U);
    EXPECT_EQ(rows()[3].line, row(10).line);
    EXPECT_EQ(rows()[3].reason, "too large");
    EXPECT_EQ(rows()[3].at, row(10).at);
}

TEST_F(QuarantineTest, PuttingARowAgainChangesNothing) {
    ASSERT_TRUE(quarantine.put(row(1)).has_value());
    ASSERT_TRUE(quarantine.put(row(1)).has_value());
    EXPECT_EQ(rows().size(), 1U);
}

TEST_F(QuarantineTest, PuttingARowAgainNeedsNoMoreRoom) {
    std::uint64_t seq = 0;
    while (quarantine.put(row(seq + 1))) ++seq;
    EXPECT_TRUE(quarantine.put(row(1)).has_value());
    EXPECT_EQ(rows().size(), seq);
}

TEST_F(QuarantineTest, NothingOfWhatACrashLeftIsTakenForPartOfARow) {
    fs.put("j/quarantine/lake/abcdefghijklm-1.tmp", std::string(200, 'x'));
    ASSERT_TRUE(quarantine.put(row(1)).has_value());
    EXPECT_EQ(rows().at(0).line, row(1).line);
}

TEST_F(QuarantineTest, OfARowThatCannotBePutNothingIsLeftBehind) {
    for (std::uint64_t const failing : {1, 2, 3, 4}) {  // open, write, sync, rename
        SCOPED_TRACE(failing);
        ASSERT_TRUE(quarantine.put(row(failing)).has_value());
        auto const before = fs.files();
        fs.fail_call({.call = fs.calls() + failing});
        EXPECT_FALSE(quarantine.put(row(100)).has_value());
        EXPECT_EQ(fs.files(), before);
    }
}

TEST_F(QuarantineTest, WhatCouldNotBeRemovedTakesNoRoomAndGoesWithTheNextRow) {
    ASSERT_TRUE(quarantine.put(row(1)).has_value());
    auto large = row(2);
    large.line = std::string(kRoom * 2 / 3, 'x') + "\n";
    fs.fail_call({.call = fs.calls() + 4, .persistent = true});
    EXPECT_FALSE(quarantine.put(large).has_value());
    EXPECT_EQ(fs.files().size(), 2U);
    fs.clear_faults();
    ASSERT_TRUE(quarantine.put(large).has_value());
    EXPECT_EQ(fs.files().size(), 2U);
    EXPECT_EQ(rows().size(), 2U);
}

class RemovesNothing final : public test::ForwardingFileSystem {
  public:
    using ForwardingFileSystem::ForwardingFileSystem;
    Result<void> remove(std::string const& path) override {
        return errno_error(EPERM, path + ": unlink");
    }
};

TEST_F(QuarantineTest, WhatIsLeftOfAnotherRowAndCannotBeRemovedStopsNoRow) {
    fs.put("j/quarantine/lake/abcdefghijklm-7.tmp", "half");
    RemovesNothing files(fs);
    EXPECT_TRUE(Quarantine(files, "j", kRoom).put(row(1)).has_value());
    EXPECT_EQ(rows().size(), 1U);
}

TEST_F(QuarantineTest, AReasonIsOneLineWhateverAServiceSaid) {
    auto hostile = row(1);
    hostile.reason = "a\nb\x1b[2J" + std::string(5'000, 'x');
    Quarantine roomy(fs, "j", 1 << 20);
    ASSERT_TRUE(roomy.put(hostile).has_value());
    EXPECT_EQ(rows()[0].reason.substr(0, 7), "a b [2J");
    EXPECT_EQ(rows()[0].line, hostile.line);
    EXPECT_LE(rows()[0].reason.size(), 1'000U);
}

TEST_F(QuarantineTest, IsFullAtItsBoundAndTakesRowsAgainWhenOneIsGone) {
    std::uint64_t seq = 0;
    Result<void> put = success();
    while (put) put = quarantine.put(row(++seq));
    EXPECT_EQ(put.error().code, Errc::full);
    ASSERT_EQ(rows().size(), seq - 1);
    ASSERT_TRUE(quarantine.end(rows().front(), QuarantineEnd::dropped, "now").has_value());
    EXPECT_TRUE(quarantine.put(row(seq)).has_value());
}

TEST_F(QuarantineTest, WhatEndedLeavesAReceipt) {
    for (std::uint64_t const seq : {1, 2, 3}) ASSERT_TRUE(quarantine.put(row(seq)).has_value());
    ASSERT_TRUE(quarantine.end(row(1), QuarantineEnd::sent, "now").has_value());
    ASSERT_TRUE(quarantine.end(row(2), QuarantineEnd::dropped, "now").has_value());
    fs.crash(Crash::lose_unsynced);
    ASSERT_EQ(rows().size(), 1U);
    EXPECT_EQ(rows()[0].seq, 3U);
    ASSERT_EQ(receipts().size(), 2U);
    EXPECT_EQ(receipts()[0].end, QuarantineEnd::sent);
    EXPECT_EQ(receipts()[0].seq, 1U);
    EXPECT_EQ(receipts()[1].end, QuarantineEnd::dropped);
    EXPECT_EQ(receipts()[1].node, kNode);
}

TEST_F(QuarantineTest, AReceiptThatIsTornIsNone) {
    fs.put(kReceipts,
           "sent abcdefghijklm 7 now\nlost abcdefghijklm 8 now\ndropped abcdefghijklm x "
           "now\n\nsent abcdefg");
    ASSERT_EQ(receipts().size(), 1U);
    EXPECT_EQ(receipts()[0].seq, 7U);
}

TEST_F(QuarantineTest, AReceiptBehindATornOneCounts) {
    ASSERT_TRUE(quarantine.put(row(8)).has_value());
    fs.put(kReceipts, "sent abcdefghijklm 7 now\nsent abcdefg");
    ASSERT_TRUE(quarantine.end(row(8), QuarantineEnd::sent, "now").has_value());
    ASSERT_EQ(receipts().size(), 2U);
    EXPECT_EQ(receipts()[1].seq, 8U);
}

TEST_F(QuarantineTest, FilesOfOtherNamesAreNoRows) {
    for (char const* name : {"abcdefghijklm-7.tmp", "noseq", "-7", "abc-7x"})
        fs.put("j/quarantine/lake/" + std::string(name), "x");
    EXPECT_TRUE(rows().empty());
}

TEST_F(QuarantineTest, WhatCannotBeReadIsAnError) {
    ASSERT_TRUE(quarantine.put(row(1)).has_value());
    ASSERT_TRUE(quarantine.put(row(2)).has_value());
    ASSERT_TRUE(quarantine.end(row(2), QuarantineEnd::sent, "now").has_value());
    fs.make_unreadable("j/quarantine/lake/abcdefghijklm-1");
    fs.make_unreadable(kReceipts);
    EXPECT_EQ(quarantine.list().error().code, Errc::io);
    EXPECT_EQ(quarantine.receipts("lake").error().code, Errc::io);
}

// A row is never in neither place: it is there until its receipt is durable.
TEST(Quarantine, AFaultAtAnyCallLosesNoRow) {
    for (std::uint64_t n = 1;; ++n) {
        FaultyFileSystem fs;
        Quarantine quarantine(fs, "j", kRoom);
        bool put = false;
        bool ended = false;
        fs.fail_call({.call = n, .persistent = true});
        put = quarantine.put(row(1)).has_value();
        if (put) ended = quarantine.end(row(1), QuarantineEnd::sent, "now").has_value();
        bool const faulted = fs.calls() >= n;
        fs.crash(Crash::keep_some, n);
        auto const rows = quarantine.list();
        auto const receipts = quarantine.receipts("lake");
        ASSERT_TRUE(rows.has_value() && receipts.has_value()) << n;
        bool const is_kept = !rows.value().empty() || !receipts.value().empty();
        ASSERT_TRUE(!put || is_kept) << n;
        ASSERT_TRUE(!ended || (rows.value().empty() && receipts.value().size() == 1)) << n;
        if (!faulted) break;
    }
}

}  // namespace
}  // namespace inlet::journal
