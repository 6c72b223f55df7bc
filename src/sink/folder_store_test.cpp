#include "sink/folder_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/compress.hpp"
#include "base/id.hpp"
#include "base/sha256.hpp"
#include "support/faulty_file_system.hpp"
#include "support/forwarding_file_system.hpp"

namespace inlet::sink {
namespace {

using test::Crash;
using test::FaultyFileSystem;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

constexpr auto kKey = "raw/a/one.ndjson";
constexpr auto kPath = "lake/raw/a/one.ndjson";

ObjectInfo info_of(std::string_view rows) {
    auto const digest = sha256(rows);
    return {1, to_hex({reinterpret_cast<char const*>(digest.data()), digest.size()})};
}

std::unique_ptr<FolderStore> open_store(FileSystem& fs) {
    return std::move(FolderStore::open_for_writing(fs, "lake")).value();
}

std::vector<std::string> keys_below(ObjectStore& store, std::string_view prefix) {
    std::vector<std::string> keys;
    EXPECT_TRUE(store.list(prefix, [&](ObjectEntry entry) { keys.push_back(entry.key); }));
    return keys;
}

TEST(FolderStore, PublishesAnObjectDurably) {
    FaultyFileSystem fs;
    auto const store = open_store(fs);
    EXPECT_EQ(put(*store, kKey, "rows\n", info_of("rows\n")).value(), PutResult::created);
    fs.crash(Crash::lose_unsynced);
    EXPECT_EQ(fs.bytes(kPath), "rows\n");
    EXPECT_EQ(get(*open_store(fs), kKey, 100).value(), "rows\n");
}

TEST(FolderStore, ShowsNothingBeforeItIsFinished) {
    FaultyFileSystem fs;
    auto const store = open_store(fs);
    auto writer = store->create(kKey, std::nullopt).value();
    ASSERT_TRUE(writer->append("ro"));
    EXPECT_THAT(keys_below(*store, ""), ElementsAre());
    ASSERT_TRUE(writer->append("ws\n"));
    ASSERT_TRUE(writer->finish(info_of("rows\n")));
    EXPECT_THAT(keys_below(*store, ""), ElementsAre(kKey));
}

TEST(FolderStore, LeavesNothingOfAnAbandonedObject) {
    FaultyFileSystem fs;
    auto const store = open_store(fs);
    ASSERT_TRUE(store->create(kKey, std::nullopt).value()->append("half"));
    EXPECT_THAT(fs.files(), ElementsAre());
}

TEST(FolderStore, AcceptsTheSameObjectAgain) {
    FaultyFileSystem fs;
    auto const store = open_store(fs);
    ASSERT_TRUE(put(*store, kKey, "rows\n", info_of("rows\n")));
    EXPECT_EQ(put(*store, kKey, "rows\n", info_of("rows\n")).value(), PutResult::already_there);
    EXPECT_THAT(fs.files(), ElementsAre(kPath));
}

TEST(FolderStore, OfAnObjectThatWasThereNothingIsLeftOrItHasFailed) {
    FaultyFileSystem fs;
    auto const store = open_store(fs);
    ASSERT_TRUE(put(*store, kKey, "rows\n", info_of("rows\n")));
    for (std::uint64_t failing = 1; failing <= 4; ++failing) {  // sync, remove, folder, nothing
        SCOPED_TRACE(failing);
        bool is_done = false;
        {
            auto again = store->create(kKey, std::nullopt).value();
            ASSERT_TRUE(again->append("rows\n"));
            fs.fail_call({.call = fs.calls() + failing, .persistent = true});
            is_done = again->finish(info_of("rows\n")).has_value();
        }
        fs.clear_faults();
        if (!is_done) continue;
        EXPECT_THAT(fs.files(), ElementsAre(kPath)) << "nobody comes back for it";
    }
    EXPECT_EQ(put(*store, kKey, "rows\n", info_of("rows\n")).value(), PutResult::already_there);
    EXPECT_THAT(fs.files(), ElementsAre(kPath));
}

TEST(FolderStore, ComparesRowsAndNotTheirCompressedForm) {
    FaultyFileSystem fs;
    std::string two_members;
    Compressor gzip(Codec::gzip);
    gzip.append("ro", two_members);
    gzip.append("ws\n", two_members);
    fs.put("lake/a.ndjson.gz", two_members);
    std::string one_member;
    gzip.append("rows\n", one_member);
    auto const store = open_store(fs);
    EXPECT_EQ(put(*store, "a.ndjson.gz", one_member, info_of("rows\n")).value(),
              PutResult::already_there);
    EXPECT_EQ(fs.bytes("lake/a.ndjson.gz"), two_members);
}

TEST(FolderStore, NeverOverwritesOtherRows) {
    struct Case {
        char const* key;
        char const* there;
    };
    for (auto const& [key, there] : {Case{"a.ndjson", "other\n"}, Case{"a.ndjson", ""},
                                     Case{"a.ndjson.gz", "no gzip"}, Case{"a.ndjson.zst", ""}}) {
        FaultyFileSystem fs;
        fs.put(std::string("lake/") + key, there);
        auto const store = open_store(fs);
        EXPECT_EQ(put(*store, key, "rows\n", info_of("rows\n")).error().code, Errc::corrupt) << key;
        EXPECT_EQ(fs.bytes(std::string("lake/") + key), there);
        EXPECT_EQ(fs.files().size(), 1U) << "no temporary remains";
    }
}

TEST(FolderStore, ClearsStaleTemporariesButNotThoseInUse) {
    FaultyFileSystem fs;
    fs.put("lake/.tmp/stale", "half");
    auto const first = open_store(fs);
    EXPECT_THAT(fs.files(), ElementsAre());
    auto const writer = first->create(kKey, std::nullopt).value();
    auto const second = open_store(fs);
    ASSERT_TRUE(writer->append("rows\n"));
    EXPECT_TRUE(writer->finish(info_of("rows\n"))) << "the second process left it alone";
}

// No file can be locked, for a reason that is not another process.
class LocksNothing final : public test::ForwardingFileSystem {
  public:
    using ForwardingFileSystem::ForwardingFileSystem;
    Result<std::unique_ptr<File>> open(std::string const& path, OpenMode mode) override {
        TRY(auto file, ForwardingFileSystem::open(path, mode));
        return std::unique_ptr<File>(std::make_unique<Unlocked>(std::move(file)));
    }

  private:
    class Unlocked final : public test::ForwardingFile {
      public:
        using ForwardingFile::ForwardingFile;
        Result<void> lock() override { return errno_error(EIO, "flock"); }
    };
};

TEST(FolderStore, ATemporaryThatCannotBeLockedIsAnErrorAndNotSomebodyElses) {
    FaultyFileSystem fs;
    fs.put("lake/.tmp/stale", "half");
    LocksNothing files(fs);
    auto const store = FolderStore::open_for_writing(files, "lake");
    ASSERT_FALSE(store.has_value());
    EXPECT_EQ(store.error().code, Errc::io);
}

TEST(FolderStore, SurvivesThatTheFolderIsRemovedWhileItRuns) {
    FaultyFileSystem fs;
    FaultyFileSystem empty;
    auto store = std::make_unique<FolderStore>(empty, "lake");  // as if somebody cleared it
    EXPECT_EQ(store->free_bytes().value(), std::nullopt);
    EXPECT_TRUE(put(*store, kKey, "rows\n", info_of("rows\n")));
}

TEST(FolderStore, RefusesKeysThatLeadElsewhere) {
    FaultyFileSystem fs;
    auto const store = open_store(fs);
    for (auto const* const key :
         {"", "/etc/passwd", "../a", "a/../b", "a//b", "a/", ".tmp/a", "."}) {
        EXPECT_EQ(store->create(key, std::nullopt).error().code, Errc::invalid) << key;
    }
}

TEST(FolderStore, ListsByPrefixAndNotTheTemporaries) {
    FaultyFileSystem fs;
    fs.put("lake/raw/type=a/x", "1");
    fs.put("lake/raw/type=b/y", "22");
    fs.put("lake/rawer", "3");
    fs.put("lake/.tmp/z", "4");
    FolderStore store(fs, "lake");
    EXPECT_THAT(keys_below(store, ""),
                UnorderedElementsAre("raw/type=a/x", "raw/type=b/y", "rawer"));
    EXPECT_THAT(keys_below(store, "raw/"), UnorderedElementsAre("raw/type=a/x", "raw/type=b/y"));
    EXPECT_THAT(keys_below(store, "raw/type=b"), ElementsAre("raw/type=b/y"));
    EXPECT_THAT(keys_below(store, "none"), ElementsAre());
    EXPECT_EQ(FolderStore(fs, "none").list("", [](auto const&) {}).error().code, Errc::not_found);
}

TEST(FolderStore, AFailedPublicationLeavesNothingAndCanBeRepeated) {
    for (std::uint64_t call = 1;; ++call) {
        FaultyFileSystem fs(call);
        auto const store = open_store(fs);
        auto const before = fs.calls();
        fs.fail_call({.call = before + call, .err = ENOSPC});
        auto const failed = put(*store, kKey, "rows\n", info_of("rows\n"));
        bool const all_done = fs.calls() < before + call;
        EXPECT_TRUE(failed || failed.error().code == Errc::full);
        fs.clear_faults();
        auto const repeated = put(*store, kKey, "rows\n", info_of("rows\n"));
        EXPECT_TRUE(repeated) << call << repeated.error().message();
        fs.crash(Crash::lose_unsynced);
        EXPECT_EQ(fs.bytes(kPath), "rows\n");
        if (all_done) break;
    }
}

}  // namespace
}  // namespace inlet::sink
