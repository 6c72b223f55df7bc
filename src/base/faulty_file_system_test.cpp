// The fake disk that all durability tests stand on must itself keep what it promises, and nothing
// more.
#include "support/faulty_file_system.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>

namespace inlet::test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::unique_ptr<File> open_file(FaultyFileSystem& fs, std::string const& path, OpenMode mode) {
    auto file = fs.open(path, mode);
    EXPECT_TRUE(file.has_value()) << path;
    return std::move(file).value();
}

// Writes `text` to a new file and makes as much of it durable as is asked for.
enum class Keep : std::uint8_t { nothing, content, name, both };
void write_file(FaultyFileSystem& fs, std::string const& path, std::string const& text, Keep keep) {
    auto file = open_file(fs, path, OpenMode::create);
    ASSERT_TRUE(file->write(0, text));
    if (keep == Keep::content || keep == Keep::both) {
        ASSERT_TRUE(file->sync());
    }
    if (keep == Keep::name || keep == Keep::both) {
        ASSERT_TRUE(fs.sync_directory(""));
    }
}

TEST(FaultyFileSystem, ReadsBackWhatWasWritten) {
    FaultyFileSystem fs;
    auto file = open_file(fs, "a", OpenMode::create_new);
    ASSERT_TRUE(file->write(3, "xyz"));

    std::string text(10, '?');
    EXPECT_EQ(file->read(0, text).value(), 6U);
    EXPECT_EQ(text.substr(0, 6), std::string("\0\0\0xyz", 6));
    EXPECT_EQ(file->read(6, text).value(), 0U);
    EXPECT_EQ(file->size().value(), 6U);
    EXPECT_EQ(fs.bytes("a"), std::string("\0\0\0xyz", 6));
}

TEST(FaultyFileSystem, AnswersLikePosixAboutMissingAndExistingFiles) {
    FaultyFileSystem fs;
    fs.put("dir/a", "1");
    EXPECT_EQ(fs.open("dir/b", OpenMode::read).error().code, Errc::not_found);
    EXPECT_EQ(fs.open("dir/b", OpenMode::read_write).error().code, Errc::not_found);
    EXPECT_EQ(fs.open("dir/a", OpenMode::create_new).error().code, Errc::exists);
    EXPECT_EQ(fs.open("none/a", OpenMode::create).error().code, Errc::not_found);
    EXPECT_EQ(fs.open("dir", OpenMode::create).error().code, Errc::io);
    EXPECT_EQ(fs.remove("dir/b").error().code, Errc::not_found);
    EXPECT_EQ(fs.rename("dir/b", "dir/c").error().code, Errc::not_found);
    EXPECT_EQ(fs.list("none").error().code, Errc::not_found);
    EXPECT_EQ(fs.make_directories("dir/a/b").error().code, Errc::not_found);
    EXPECT_EQ(open_file(fs, "dir/a", OpenMode::read)->write(0, "2").error().sys_errno, EBADF);
}

TEST(FaultyFileSystem, ACrashLeavesOnlyWhatWasSyncedByContentAndByName) {
    struct Case {
        Keep keep;
        std::optional<std::string> after;
    };
    for (auto const& [keep, after] :
         {Case{Keep::nothing, std::nullopt}, Case{Keep::content, std::nullopt},
          Case{Keep::name, ""}, Case{Keep::both, "text"}}) {
        FaultyFileSystem fs;
        write_file(fs, "a", "text", keep);
        fs.crash(Crash::lose_unsynced);
        EXPECT_EQ(fs.bytes("a"), after) << static_cast<int>(keep);
    }
}

TEST(FaultyFileSystem, DurableBytesShowTheDiskBeforeTheCrash) {
    FaultyFileSystem fs;
    write_file(fs, "a", "old", Keep::both);
    ASSERT_TRUE(open_file(fs, "a", OpenMode::read_write)->write(0, "new"));
    EXPECT_EQ(fs.bytes("a"), "new");
    EXPECT_EQ(fs.durable_bytes("a"), "old");
}

TEST(FaultyFileSystem, AProcessCrashLosesNothingButLocksAndHandles) {
    FaultyFileSystem fs;
    auto file = open_file(fs, "a", OpenMode::create);
    ASSERT_TRUE(file->write(0, "text"));
    ASSERT_TRUE(file->lock());
    fs.crash(Crash::keep_all);
    EXPECT_EQ(fs.bytes("a"), "text");
    EXPECT_EQ(file->write(0, "late").error().sys_errno, EIO);
    auto again = open_file(fs, "a", OpenMode::read_write);
    EXPECT_TRUE(again->lock());
    file.reset();  // the dead handle must not release the lock of the living one
    EXPECT_EQ(open_file(fs, "a", OpenMode::read)->lock().error().code, Errc::exists);
    fs.crash(Crash::lose_unsynced);
    EXPECT_EQ(fs.bytes("a"), std::nullopt);
}

TEST(FaultyFileSystem, RenameReplacesAtOnceAndIsDurableWithItsFolder) {
    for (bool const synced : {false, true}) {
        FaultyFileSystem fs;
        fs.put("a", "old");
        fs.put("b", "new");
        ASSERT_TRUE(fs.rename("b", "a"));
        EXPECT_THAT(fs.files(), ElementsAre("a"));
        if (synced) {
            ASSERT_TRUE(fs.sync_directory("."));
        }
        fs.crash(Crash::lose_unsynced);
        EXPECT_EQ(fs.bytes("a"), synced ? "new" : "old");
        EXPECT_EQ(fs.bytes("b").has_value(), !synced);
    }
}

TEST(FaultyFileSystem, RenameBetweenFoldersNeverLosesTheFile) {
    std::set<std::vector<std::string>> outcomes;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        FaultyFileSystem fs;
        fs.put("tmp/a", "text");
        fs.put("out/other", "");
        ASSERT_TRUE(fs.rename("tmp/a", "out/a"));
        fs.crash(Crash::keep_some, seed);
        outcomes.insert(fs.files());
    }
    std::set<std::vector<std::string>> const expected = {
        {"out/other", "tmp/a"}, {"out/a", "out/other"}, {"out/a", "out/other", "tmp/a"}};
    EXPECT_EQ(outcomes, expected);
}

TEST(FaultyFileSystem, SyncingOnlyTheNewFolderMayBringTheOldNameBack) {
    FaultyFileSystem fs;
    fs.put("tmp/a", "text");
    ASSERT_TRUE(fs.make_directories("out"));
    ASSERT_TRUE(fs.rename("tmp/a", "out/a"));
    ASSERT_TRUE(fs.sync_directory("out"));
    fs.crash(Crash::lose_unsynced);
    EXPECT_THAT(fs.files(), ElementsAre("out/a", "tmp/a"));
}

TEST(FaultyFileSystem, SyncingTheOldFolderKeepsBothHalvesOfARename) {
    FaultyFileSystem fs;
    fs.put("tmp/a", "text");
    ASSERT_TRUE(fs.make_directories("out"));
    ASSERT_TRUE(fs.rename("tmp/a", "out/a"));
    ASSERT_TRUE(fs.sync_directory("tmp"));
    fs.crash(Crash::lose_unsynced);
    EXPECT_THAT(fs.files(), ElementsAre("out/a"));
}

TEST(FaultyFileSystem, MakeDirectoriesIsDurableOnReturn) {
    FaultyFileSystem fs;
    ASSERT_TRUE(fs.make_directories("a/b/c"));
    fs.crash(Crash::lose_unsynced);
    EXPECT_THAT(fs.list("a/b").value(), ElementsAre("c"));
    EXPECT_THAT(fs.list("/a/b/c/").value(), IsEmpty());
}

TEST(FaultyFileSystem, AnySectorsOfAnUnsyncedWriteMaySurvive) {
    std::string const old_text(4 * 512, 'o');
    std::string const new_text(4 * 512, 'n');
    std::set<std::string> outcomes;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        FaultyFileSystem fs;
        write_file(fs, "a", old_text, Keep::both);
        ASSERT_TRUE(open_file(fs, "a", OpenMode::read_write)->write(0, new_text));
        fs.crash(Crash::keep_some, seed);
        auto const text = *fs.bytes("a");
        ASSERT_EQ(text.size(), old_text.size());
        std::string kept;
        for (std::size_t s = 0; s < 4; ++s) {
            ASSERT_EQ(text.substr(s * 512, 512), std::string(512, text[s * 512])) << "torn sector";
            kept += text[s * 512];
        }
        outcomes.insert(kept);
    }
    EXPECT_EQ(outcomes.size(), 16U) << "every subset of four sectors turns up";
}

TEST(FaultyFileSystem, ASectorMayHoldAnyOfTheUnsyncedWritesToIt) {
    std::set<std::string> outcomes;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        FaultyFileSystem fs;
        write_file(fs, "a", "000", Keep::both);
        auto file = open_file(fs, "a", OpenMode::read_write);
        ASSERT_TRUE(file->write(0, "1"));
        ASSERT_TRUE(file->write(1, "2"));
        fs.crash(Crash::keep_some, seed);
        outcomes.insert(*fs.bytes("a"));
    }
    EXPECT_EQ(outcomes, (std::set<std::string>{"000", "100", "120"}));
}

TEST(FaultyFileSystem, ACallFailsOnceOrForEver) {
    for (bool const persistent : {false, true}) {
        FaultyFileSystem fs;
        auto file = open_file(fs, "a", OpenMode::create);  // call 1
        fs.fail_call({.call = 3, .err = ENOSPC, .persistent = persistent, .partial_bytes = 2});
        EXPECT_TRUE(file->write(0, "one"));                         // call 2
        EXPECT_EQ(file->write(3, "two").error().code, Errc::full);  // call 3
        EXPECT_EQ(fs.bytes("a"), "onetw");
        EXPECT_EQ(file->write(3, "two").has_value(), !persistent);
        EXPECT_EQ(fs.sync_directory("").has_value(), !persistent);
        EXPECT_EQ(fs.calls(), 5U);
        EXPECT_THAT(fs.call_names(),
                    ElementsAre("create a", "write a", "write a", "write a", "sync_directory "));
    }
}

TEST(FaultyFileSystem, EveryKindOfCallIsCountedAndCanFail) {
    FaultyFileSystem fs;
    fs.put("a", "");
    fs.put("b", "");
    EXPECT_EQ(fs.calls(), 0U) << "fixtures do not count";
    auto file = open_file(fs, "a", OpenMode::read_write);
    fs.fail_call({.call = 1, .err = EIO, .persistent = true});
    EXPECT_FALSE(fs.open("c", OpenMode::create));
    EXPECT_FALSE(file->write(0, "x"));
    EXPECT_FALSE(file->sync());
    EXPECT_FALSE(file->reserve(10));
    EXPECT_FALSE(fs.rename("a", "z"));
    EXPECT_FALSE(fs.remove("b"));
    EXPECT_FALSE(fs.make_directories("new"));
    EXPECT_FALSE(fs.sync_directory(""));
    EXPECT_EQ(fs.calls(), 8U);
    EXPECT_THAT(fs.files(), ElementsAre("a", "b"));
    EXPECT_TRUE(fs.make_directories("")) << "nothing to do, nothing to fail";
}

TEST(FaultyFileSystem, AFailedSyncForgetsWhatItCouldNotWrite) {
    std::set<std::string> outcomes;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        FaultyFileSystem fs(seed);
        write_file(fs, "a", "old", Keep::both);
        auto file = open_file(fs, "a", OpenMode::read_write);
        ASSERT_TRUE(file->write(0, "new"));
        fs.fail_call({.call = fs.calls() + 1});
        EXPECT_EQ(file->sync().error().code, Errc::io);
        EXPECT_TRUE(file->sync()) << "Linux reports the failure once";
        EXPECT_EQ(fs.bytes("a"), "new") << "and goes on showing what it lost";
        fs.crash(Crash::lose_unsynced);
        outcomes.insert(*fs.bytes("a"));
    }
    EXPECT_EQ(outcomes, (std::set<std::string>{"new", "old"}));
}

TEST(FaultyFileSystem, AFullDiskTakesWhatFits) {
    FaultyFileSystem fs;
    fs.put("b", "1234");
    fs.set_capacity(10);
    EXPECT_EQ(fs.free_bytes("").value(), 6U);
    auto file = open_file(fs, "a", OpenMode::create);
    EXPECT_EQ(file->reserve(7).error().code, Errc::full);
    EXPECT_TRUE(file->reserve(4));
    EXPECT_TRUE(file->write(0, "abcd")) << "reserved";
    EXPECT_EQ(file->write(4, "efgh").error().code, Errc::full);
    EXPECT_EQ(fs.bytes("a"), "abcdef");
    EXPECT_TRUE(fs.remove("b"));
    EXPECT_TRUE(file->write(6, "gh"));
}

TEST(FaultyFileSystem, ALockIsHeldUntilItsFileIsClosed) {
    FaultyFileSystem fs;
    auto first = open_file(fs, "lock", OpenMode::create);
    auto second = open_file(fs, "lock", OpenMode::create);
    EXPECT_TRUE(first->lock());
    EXPECT_TRUE(first->lock());
    EXPECT_EQ(second->lock().error().code, Errc::exists);
    first.reset();
    EXPECT_TRUE(second->lock());
}

TEST(FaultyFileSystem, DamageReachesBothImages) {
    FaultyFileSystem fs;
    write_file(fs, "a", "durable", Keep::both);
    fs.flip_byte("a", 0);
    fs.truncate("a", 3);
    EXPECT_EQ(fs.bytes("a"), fs.durable_bytes("a"));
    EXPECT_EQ(fs.bytes("a"), "1ur");
    fs.make_unreadable("a");
    std::string text(1, ' ');
    EXPECT_EQ(open_file(fs, "a", OpenMode::read)->read(0, text).error().code, Errc::io);
}

}  // namespace
}  // namespace inlet::test
