// What a reader does about segments that it cannot read now, or cannot read at all.
#include <gmock/gmock.h>

#include "journal/journal_fixture.hpp"
#include "support/forwarding_file_system.hpp"

namespace inlet::journal {
namespace {

// Refuses the first opening of one file, as a process does that has no descriptor left.
class RefusesOnce final : public test::ForwardingFileSystem {
  public:
    RefusesOnce(FileSystem& below, std::string path)
        : ForwardingFileSystem(below), path_(std::move(path)) {}

    Result<std::unique_ptr<File>> open(std::string const& path, OpenMode mode) override {
        if (path == path_) {
            path_.clear();
            return errno_error(EMFILE, path + ": open");
        }
        return ForwardingFileSystem::open(path, mode);
    }

  private:
    std::string path_;
};

// The n-th reading of a file fails, once.
class FailsOneRead final : public test::ForwardingFileSystem {
  public:
    FailsOneRead(FileSystem& below, int n) : ForwardingFileSystem(below), left_(n) {}

    Result<std::unique_ptr<File>> open(std::string const& path, OpenMode mode) override {
        TRY(auto file, ForwardingFileSystem::open(path, mode));
        return std::unique_ptr<File>(std::make_unique<Counted>(std::move(file), left_));
    }
    [[nodiscard]] bool has_failed() const { return left_ <= 0; }

  private:
    class Counted final : public test::ForwardingFile {
      public:
        Counted(std::unique_ptr<File> below, int& left)
            : ForwardingFile(std::move(below)), left_(left) {}
        Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override {
            if (--left_ == 0) return errno_error(EIO, "read");
            return ForwardingFile::read(offset, out);
        }

      private:
        int& left_;
    };
    int left_;
};

class ReaderTest : public JournalTest {
  protected:
    // Three segments with a row each.
    void fill() {
        open();
        for (auto const* row : {"a", "b", "c"})
            ASSERT_TRUE(append({row + std::string(50'000, '.')}));
        ASSERT_EQ(journal->synced().segment, 3U);
    }
    // The first letters of all rows, trying again after an error; how many errors there were.
    std::string read_all(FileSystem& files, int& errors) {
        std::string letters;
        Reader reader(files, kDir, {}, [&](Damage const&) { letters += '!'; });
        Entry entry = {};
        for (errors = 0; errors < 10;) {
            auto const found = reader.next(journal->synced(), entry);
            if (!found) {
                ++errors;
                continue;
            }
            if (!found.value()) break;
            letters += entry.text.front();
        }
        return letters;
    }
};

TEST_F(ReaderTest, ASegmentThatCannotBeOpenedForOnceIsNotPassedOver) {
    fill();
    for (std::uint64_t number = 1; number <= 3; ++number) {
        SCOPED_TRACE("segment " + std::to_string(number));
        RefusesOnce files(fs, segment(number));
        int errors = 0;
        EXPECT_EQ(read_all(files, errors), "abc");
        EXPECT_EQ(errors, 1);
    }
}

TEST_F(ReaderTest, AnyReadingThatFailsOnceIsMadeUpFor) {
    fill();
    for (int n = 1;; ++n) {
        SCOPED_TRACE("reading " + std::to_string(n));
        FailsOneRead files(fs, n);
        int errors = 0;
        EXPECT_EQ(read_all(files, errors), "abc");
        EXPECT_EQ(errors, files.has_failed() ? 1 : 0);
        if (!files.has_failed()) break;
        ASSERT_LT(n, 100);
    }
}

TEST_F(ReaderTest, ASegmentThatIsAnothersCopyIsDamageAndTheRowsBehindItAreRead) {
    fill();
    fs.put(segment(2), fs.bytes(segment(1)).value());
    auto const back = read();
    ASSERT_EQ(back.rows.size(), 2U);
    EXPECT_EQ(back.rows[0].seq, 1U);
    EXPECT_EQ(back.rows[1].seq, 3U);
    EXPECT_EQ(back.damaged_rows(), 1U);
}

TEST_F(ReaderTest, SegmentsThatGoWhileItReadsAreAnErrorNotTheEnd) {
    fill();
    Reader reader(fs, kDir, {}, {});
    Entry entry = {};
    ASSERT_TRUE(reader.next(journal->synced(), entry).value());
    ASSERT_TRUE(fs.remove(segment(2)).has_value() && fs.remove(segment(3)).has_value());
    auto const found = reader.next(journal->synced(), entry);
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().code, Errc::corrupt);
}

TEST_F(ReaderTest, AFolderThatHasLostAllSegmentsHoldsNoRows) {
    fill();
    for (std::uint64_t number = 1; number <= 3; ++number)
        ASSERT_TRUE(fs.remove(segment(number)).has_value());
    int errors = 0;
    EXPECT_EQ(read_all(fs, errors), "");
    EXPECT_EQ(errors, 0);
}

}  // namespace
}  // namespace inlet::journal
