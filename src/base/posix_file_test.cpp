#include <cstdlib>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <unistd.h>

#include "base/file.hpp"

namespace inlet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class PosixFile : public ::testing::Test {
  protected:
    PosixFile() {
        std::string name = (std::filesystem::temp_directory_path() / "inlet-XXXXXX").string();
        dir = ::mkdtemp(name.data());
    }
    ~PosixFile() override { std::filesystem::remove_all(dir); }
    PosixFile(PosixFile const&) = delete;
    PosixFile& operator=(PosixFile const&) = delete;

    [[nodiscard]] std::string path(std::string const& name) const { return join_path(dir, name); }
    std::unique_ptr<File> open(std::string const& name, OpenMode mode) {
        auto file = fs.open(path(name), mode);
        EXPECT_TRUE(file) << file.error().message();
        return std::move(file).value();
    }

    FileSystem& fs = posix_file_system();
    std::string dir;
};

TEST_F(PosixFile, ReadsBackWhatWasWritten) {
    auto const file = open("a", OpenMode::create_new);
    ASSERT_TRUE(file->write(4, "text"));
    ASSERT_TRUE(file->sync());
    EXPECT_EQ(file->size().value(), 8U);
    std::string buffer(20, '?');
    EXPECT_EQ(file->read(0, buffer).value(), 8U);
    EXPECT_EQ(buffer.substr(0, 8), std::string("\0\0\0\0text", 8));
    EXPECT_EQ(file->read(6, std::span(buffer.data(), 2)).value(), 2U);
    EXPECT_EQ(file->read(100, buffer).value(), 0U);
    EXPECT_EQ(read_file(fs, path("a"), 8).value().size(), 8U);
    EXPECT_EQ(read_file(fs, path("a"), 7).error().code, Errc::invalid);
}

TEST_F(PosixFile, TellsMissingFromExisting) {
    EXPECT_EQ(fs.open(path("a"), OpenMode::read).error().code, Errc::not_found);
    EXPECT_EQ(fs.open(path("a"), OpenMode::read_write).error().code, Errc::not_found);
    open("a", OpenMode::create);
    open("a", OpenMode::create);
    auto const again = fs.open(path("a"), OpenMode::create_new);
    EXPECT_EQ(again.error().code, Errc::exists);
    EXPECT_THAT(again.error().message(), HasSubstr("a: open: File exists"));
    EXPECT_FALSE(open("a", OpenMode::read)->write(0, "x")) << "opened for reading alone";
}

TEST_F(PosixFile, IsNotReadableByEverybody) {
    open("a", OpenMode::create);
    ASSERT_TRUE(fs.make_directories(path("b")));
    struct stat info = {};
    ASSERT_EQ(::stat(path("a").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07, 0U);
    ASSERT_EQ(::stat(path("b").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07, 0U);
}

TEST_F(PosixFile, ReservesSpaceWithoutLosingContent) {
    auto const file = open("a", OpenMode::create);
    ASSERT_TRUE(file->write(0, "text"));
    ASSERT_TRUE(file->reserve(100'000));
    EXPECT_EQ(file->size().value(), 100'000U);
    EXPECT_EQ(read_file(fs, path("a"), 100'000).value().substr(0, 4), "text");
}

TEST_F(PosixFile, IsLockedByOneUntilItIsClosed) {
    auto first = open("a", OpenMode::create);
    auto const second = open("a", OpenMode::create);
    EXPECT_TRUE(first->lock());
    EXPECT_EQ(second->lock().error().code, Errc::exists);
    first.reset();
    EXPECT_TRUE(second->lock());
}

TEST_F(PosixFile, RenamesOverAnExistingFile) {
    ASSERT_TRUE(open("old", OpenMode::create)->write(0, "old"));
    ASSERT_TRUE(open("new", OpenMode::create)->write(0, "new"));
    ASSERT_TRUE(fs.rename(path("new"), path("old")));
    ASSERT_TRUE(fs.sync_directory(dir));
    EXPECT_EQ(read_file(fs, path("old"), 10).value(), "new");
    EXPECT_THAT(fs.list(dir).value(), ElementsAre("old"));
    EXPECT_EQ(fs.rename(path("new"), path("old")).error().code, Errc::not_found);
}

TEST_F(PosixFile, MakesAllFoldersOfAPath) {
    ASSERT_TRUE(fs.make_directories(path("a/b/c")));
    ASSERT_TRUE(fs.make_directories(path("a/b/c")));
    EXPECT_THAT(fs.list(path("a/b")).value(), ElementsAre("c"));
    open("file", OpenMode::create);
    EXPECT_FALSE(fs.make_directories(path("file")));
    EXPECT_FALSE(fs.make_directories(path("file/below")));
}

TEST_F(PosixFile, ListsNamesInOrderWithoutTheDots) {
    for (auto const* const name : {"b", ".hidden", "a"}) open(name, OpenMode::create);
    EXPECT_THAT(fs.list(dir).value(), ElementsAre(".hidden", "a", "b"));
    EXPECT_EQ(fs.list(path("none")).error().code, Errc::not_found);
    EXPECT_EQ(fs.list(path("a")).error().sys_errno, ENOTDIR);
    ASSERT_TRUE(fs.remove(path("a")));
    EXPECT_EQ(fs.remove(path("a")).error().code, Errc::not_found);
}

TEST_F(PosixFile, KnowsTheFreeSpace) {
    EXPECT_GT(fs.free_bytes(dir).value(), 0U);
    EXPECT_EQ(fs.free_bytes(path("none")).error().code, Errc::not_found);
}

TEST_F(PosixFile, AFullDiskIsFullAndNotBroken) {
    if (::access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full here";
    auto const full = fs.open("/dev/full", OpenMode::read_write);
    ASSERT_TRUE(full);
    EXPECT_EQ(full.value()->write(0, "x").error().code, Errc::full);
}

TEST(JoinPath, PutsOneSlashBetween) {
    EXPECT_EQ(join_path("a", "b"), "a/b");
    EXPECT_EQ(join_path("a/", "b"), "a/b");
    EXPECT_EQ(join_path("/", "b"), "/b");
    EXPECT_EQ(join_path("", "b"), "b");
}

}  // namespace
}  // namespace inlet
