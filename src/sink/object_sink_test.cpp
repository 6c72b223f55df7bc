#include "sink/object_sink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/compress.hpp"
#include "sink/lake.hpp"
#include "sink/object_key.hpp"
#include "sink/rows_fixture.hpp"
#include "support/faulty_file_system.hpp"

namespace inlet::sink {
namespace {

using namespace test;
using inlet::test::Crash;
using inlet::test::FaultyFileSystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

LakeOptions options_with(Codec codec, std::string dir = "lake") {
    LakeOptions options;
    options.dir = std::move(dir);
    options.compression = codec;
    return options;
}

std::unique_ptr<Sink> open_lake(FileSystem& fs, LakeOptions const& options) {
    auto lake = make_lake(fs, options);
    EXPECT_TRUE(lake) << lake.error().message();
    return std::move(lake).value();
}

std::string file_of(std::string const& type, std::string const& date, std::size_t rows,
                    Codec codec) {
    return "lake/" + ObjectKey{type, date, "node", 1, rows, codec}.text("raw");
}

std::string rows_in(FaultyFileSystem const& fs, std::string const& path, Codec codec) {
    auto const bytes = fs.bytes(path);
    if (!bytes) return "no such file";
    return decompress(codec, *bytes, 100'000'000).value();
}

TEST(ObjectSink, WritesOneObjectPerTypeAllNamedByTheWholeRange) {
    for (Codec const codec : {Codec::off, Codec::gzip, Codec::zstd}) {
        FaultyFileSystem fs;
        auto const lake = open_lake(fs, options_with(codec));
        auto const done = deliver_all(*lake, mixed_rows()).value();
        EXPECT_EQ(done.rows, 5U);
        EXPECT_EQ(done.objects, 3U);
        EXPECT_EQ(done.already_present, 0U);
        EXPECT_TRUE(done.remaining.empty());
        EXPECT_EQ(rows_in(fs, file_of("track", "2026-11-22", 5, codec), codec), "t1\nt3\nt5\n");
        EXPECT_EQ(rows_in(fs, file_of("alias", "2026-11-22", 5, codec), codec), "a2\n");
        EXPECT_EQ(rows_in(fs, file_of("profile", "2026-11-22", 5, codec), codec), "p4\n");
        EXPECT_EQ(fs.files().size(), 3U);
    }
}

TEST(ObjectSink, PutsEveryRowUnderItsDateOfReceipt) {
    FaultyFileSystem fs;
    auto const lake = open_lake(fs, options_with(Codec::off));
    ASSERT_TRUE(deliver_all(
        *lake, {{"track", "a\n", kDay1}, {"track", "b\n", kDay2}, {"track", "c\n", kDay1}}));
    EXPECT_EQ(fs.bytes(file_of("track", "2026-11-22", 3, Codec::off)), "a\nc\n");
    EXPECT_EQ(fs.bytes(file_of("track", "2026-11-23", 3, Codec::off)), "b\n");
}

TEST(ObjectSink, GivesTheSameBytesForTheSameRows) {
    std::vector<TestRow> rows;
    for (int i = 0; i < 30'000; ++i)
        rows.push_back({"track", std::string(90, 'x') + std::to_string(i) + "\n"});
    for (Codec const codec : {Codec::gzip, Codec::zstd}) {
        FaultyFileSystem first;
        FaultyFileSystem second;
        auto const done = deliver_all(*open_lake(first, options_with(codec)), rows).value();
        ASSERT_TRUE(deliver_all(*open_lake(second, options_with(codec)), rows));
        auto const path = file_of("track", "2026-11-22", rows.size(), codec);
        EXPECT_EQ(first.bytes(path), second.bytes(path));
        EXPECT_EQ(done.bytes_sent, first.bytes(path)->size());
        std::string expected;
        for (auto const& row : rows) expected += row.line;
        EXPECT_EQ(rows_in(first, path, codec), expected) << "several members";
    }
}

TEST(ObjectSink, PublishesNothingIfTheRowsCannotBeReadToTheirEnd) {
    FaultyFileSystem fs;
    auto const lake = open_lake(fs, options_with(Codec::gzip));
    auto const rows = mixed_rows();
    Rows broken(rows, 4);
    EXPECT_EQ(lake->deliver(batch_of(rows), lake->plan(batch_of(rows)), broken).error().code,
              Errc::io);
    EXPECT_THAT(fs.files(), IsEmpty());
    EXPECT_TRUE(deliver_all(*lake, rows));
}

TEST(ObjectSink, FollowsTheSavedPlanAndNotTheConfiguration) {
    FaultyFileSystem fs;
    auto const before = open_lake(fs, options_with(Codec::gzip, "lake"));
    auto const rows = mixed_rows();
    auto const plan = before->plan(batch_of(rows));
    ASSERT_TRUE(deliver_all(*before, rows));
    auto const after = open_lake(fs, options_with(Codec::zstd, "elsewhere"));
    Rows stream(rows);
    auto const done = after->deliver(batch_of(rows), plan, stream).value();
    EXPECT_EQ(done.already_present, 3U);
    EXPECT_EQ(fs.files().size(), 3U);
    ASSERT_TRUE(deliver_all(*after, rows)) << "the next plan follows the new configuration";
    EXPECT_TRUE(fs.bytes("elsewhere/raw/type=alias/dt=2026-11-22/node-1-5.ndjson.zst"));
}

TEST(ObjectSink, RefusesAPlanThatIsUnreadableOrOfAnotherBatch) {
    FaultyFileSystem fs;
    auto const lake = open_lake(fs, options_with(Codec::gzip));
    auto const rows = mixed_rows();
    auto other = batch_of(rows);
    other.last_seq = 6;
    for (auto const& plan : {std::string(), std::string("nonsense"), lake->plan(other)}) {
        Rows stream(rows);
        EXPECT_EQ(lake->deliver(batch_of(rows), plan, stream).error().code, Errc::corrupt);
    }
    EXPECT_THAT(fs.files(), IsEmpty());
}

TEST(ObjectSink, HoldsWhenTheDiskHasLessThanItsReserve) {
    FaultyFileSystem fs;
    auto options = options_with(Codec::gzip);
    options.min_free_bytes = 1000;
    auto const lake = open_lake(fs, options);
    fs.set_capacity(999);
    auto const refused = deliver_all(*lake, mixed_rows());
    EXPECT_EQ(refused.error().code, Errc::full);
    EXPECT_EQ(refused.error().context,
              "lake: 999 bytes free at lake, less than the 1000 to be kept");
    EXPECT_THAT(fs.files(), IsEmpty());
    fs.set_capacity(1000);
    EXPECT_TRUE(deliver_all(*lake, mixed_rows()));
}

TEST(ObjectSink, AFullDiskInTheMiddleLeavesNothingBehind) {
    FaultyFileSystem fs;
    auto options = options_with(Codec::off);
    options.min_free_bytes = 0;
    auto const lake = open_lake(fs, options);
    fs.set_capacity(8);
    EXPECT_EQ(deliver_all(*lake, mixed_rows()).error().code, Errc::full);
    EXPECT_THAT(fs.files(), IsEmpty());
}

TEST(ObjectSink, StopsAtAnObjectThatHoldsOtherRows) {
    FaultyFileSystem fs;
    auto const path = file_of("track", "2026-11-22", 5, Codec::off);
    fs.put(path, "foreign\n");
    auto const lake = open_lake(fs, options_with(Codec::off));
    EXPECT_EQ(deliver_all(*lake, mixed_rows()).error().code, Errc::corrupt);
    EXPECT_EQ(fs.bytes(path), "foreign\n");
}

// After a crash at any call, and what the disk then happens to hold: the repeated delivery gives each row
// exactly once, the same bytes as without a crash, and no temporary file is left.
TEST(ObjectSink, ACrashAtAnyCallIsRepairedByDeliveringAgain) {
    auto const rows = mixed_rows();
    FaultyFileSystem undisturbed;
    ASSERT_TRUE(deliver_all(*open_lake(undisturbed, options_with(Codec::gzip)), rows));
    for (Crash const mode : {Crash::lose_unsynced, Crash::keep_some, Crash::keep_all}) {
        for (std::uint64_t call = 1;; ++call) {
            FaultyFileSystem fs(call);
            fs.fail_call({.call = call, .persistent = true, .partial_bytes = 5});
            auto lake = make_lake(fs, options_with(Codec::gzip));
            bool const published = lake && deliver_all(*lake.value(), rows);
            bool const all_done = fs.calls() < call;
            fs.crash(mode, call);
            if (published) {
                EXPECT_EQ(fs.files(), undisturbed.files()) << "published is durable";
            }
            ASSERT_TRUE(deliver_all(*open_lake(fs, options_with(Codec::gzip)), rows)) << call;
            fs.crash(Crash::lose_unsynced);
            open_lake(fs, options_with(Codec::gzip));
            ASSERT_EQ(fs.files(), undisturbed.files()) << "crash at call " << call;
            for (auto const& path : fs.files()) EXPECT_EQ(fs.bytes(path), undisturbed.bytes(path));
            if (all_done) break;
        }
    }
}

TEST(ObjectSink, AnErrorAtAnyCallIsRepairedByTheSameSink) {
    auto const rows = mixed_rows();
    for (std::uint64_t call = 1;; ++call) {
        FaultyFileSystem fs(call);
        auto const lake = open_lake(fs, options_with(Codec::zstd));
        auto const before = fs.calls();
        fs.fail_call({.call = before + call});
        auto const failed = deliver_all(*lake, rows);
        bool const all_done = fs.calls() < before + call;
        EXPECT_NE(failed.has_value(), !all_done);
        fs.clear_faults();
        ASSERT_TRUE(deliver_all(*lake, rows)) << fs.call_names()[before + call - 1];
        fs.crash(Crash::lose_unsynced);
        EXPECT_EQ(rows_in(fs, file_of("track", "2026-11-22", 5, Codec::zstd), Codec::zstd),
                  "t1\nt3\nt5\n");
        if (all_done) break;
    }
}

TEST(Lake, CannotStartInAFolderThatCannotBe) {
    FaultyFileSystem fs;
    fs.put("file", "");
    EXPECT_FALSE(make_lake(fs, options_with(Codec::gzip, "file/lake")));
    EXPECT_EQ(make_lake(fs, options_with(Codec::gzip, "two\nlines")).error().code, Errc::invalid);
    EXPECT_EQ(make_lake(fs, options_with(Codec::gzip, "")).error().code, Errc::invalid);
}

TEST(Lake, RollsAsConfigured) {
    FaultyFileSystem fs;
    auto options = options_with(Codec::gzip);
    options.roll_ms = 7;
    options.roll_bytes = 8;
    auto const lake = open_lake(fs, options);
    EXPECT_EQ(lake->name(), "lake");
    EXPECT_EQ(lake->roll().max_age_ms, 7);
    EXPECT_EQ(lake->roll().max_bytes, 8U);
}

}  // namespace
}  // namespace inlet::sink
