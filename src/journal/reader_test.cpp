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

}  // namespace
}  // namespace inlet::journal
