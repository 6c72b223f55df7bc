// Rows are rendered where they stay: what goes to the disk is the memory that they were written into.
#include <atomic>
#include <gtest/gtest.h>
#include <memory>
#include <utility>

#include "journal/journal_fixture.hpp"
#include "support/forwarding_file_system.hpp"

namespace inlet::journal {
namespace {

struct Written {
    std::atomic<char const*> begin{nullptr};
    std::atomic<std::size_t> size{0};
};

class WatchedFile final : public test::ForwardingFile {
  public:
    WatchedFile(std::unique_ptr<File> below, Written& last)
        : ForwardingFile(std::move(below)), last_(last) {}
    Result<void> write(std::uint64_t offset, std::string_view data) override {
        last_.begin = data.data();
        last_.size = data.size();
        return ForwardingFile::write(offset, data);
    }

  private:
    Written& last_;
};

class WatchedFileSystem final : public test::ForwardingFileSystem {
  public:
    WatchedFileSystem(FileSystem& below, Written& last)
        : ForwardingFileSystem(below), last_(last) {}
    Result<std::unique_ptr<File>> open(std::string const& path, OpenMode mode) override {
        TRY(auto file, ForwardingFileSystem::open(path, mode));
        return std::unique_ptr<File>(new WatchedFile(std::move(file), last_));
    }

  private:
    Written& last_;
};

TEST(Copies, AreNoneBetweenTheRowsThatAnIoThreadRendersAndTheDisk) {
    test::FaultyFileSystem disk;
    Written last;
    WatchedFileSystem fs(disk, last);
    test::ManualClock clock;
    Options options;
    options.dir = "j";
    auto opened = Journal::open(fs, clock, options, {});
    ASSERT_TRUE(opened.has_value());
    auto const journal = std::move(opened).value();
    std::atomic<bool> woken{false};
    Intake intake(*journal, [&] {
        woken = true;
        woken.notify_one();
    });

    Waiter waiter;
    auto& rows = intake.rows();
    rows.reserve(4'096);  // room for all of it: a buffer that must grow is not what is asked here
    rows += "a row\n";
    char const* const rendered = rows.data();
    ASSERT_TRUE(intake.append(1, 1, waiter).has_value());
    intake.submit();
    woken.wait(false);

    EXPECT_LE(last.begin.load(), rendered);
    EXPECT_LT(rendered, last.begin.load() + last.size.load());
}

}  // namespace
}  // namespace inlet::journal
