#include "verify/object_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sink/folder_store.hpp"
#include "support/faulty_file_system.hpp"

namespace inlet::verify {
namespace {

using ::testing::ElementsAre;

// "1:text" for each line, with "..." behind one that is not ended and "!" for one that is too long.
struct Collected {
    std::vector<std::string> lines;
    TakeLine take = [this](Line const& line) -> Result<void> {
        auto text = std::to_string(line.number) + ":" + std::string(line.text);
        if (line.state == Line::State::not_ended) text += "...";
        if (line.state == Line::State::too_long) text += "!";
        lines.push_back(std::move(text));
        return success();
    };
};

TEST(LineSplitter, CutsAtEveryPlaceAlike) {
    std::string const text = "one\n\nthree\nfour";
    for (std::size_t cut = 0; cut <= text.size(); ++cut) {
        Collected found;
        LineSplitter splitter;
        ASSERT_TRUE(splitter.feed(text.substr(0, cut), found.take));
        ASSERT_TRUE(splitter.feed(text.substr(cut), found.take));
        ASSERT_TRUE(splitter.finish(found.take));
        EXPECT_THAT(found.lines, ElementsAre("1:one", "2:", "3:three", "4:four...")) << cut;
    }
}

TEST(LineSplitter, PassesOverALineThatIsTooLongInBoundedMemory) {
    Collected found;
    LineSplitter splitter;
    ASSERT_TRUE(splitter.feed("a\n", found.take));
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(splitter.feed(std::string(100'000, 'x'), found.take));
    ASSERT_TRUE(splitter.feed("x\nb\n", found.take));
    ASSERT_TRUE(splitter.finish(found.take));
    EXPECT_THAT(found.lines, ElementsAre("1:a", "2:!", "3:b"));
}

TEST(LineSplitter, HandsOnTheErrorOfItsTaker) {
    LineSplitter splitter;
    auto const refuse = [](Line const&) -> Result<void> { return fail(Errc::stopping, ""); };
    EXPECT_EQ(splitter.feed("a\nb\n", refuse).error().code, Errc::stopping);
}

TEST(ReadLines, ReadsEveryCodecAndCountsStoredBytes) {
    for (Codec const codec : {Codec::off, Codec::gzip, Codec::zstd}) {
        std::string stored;
        Compressor compressor(codec);
        compressor.append("one\ntw", stored);
        compressor.append("o\n", stored);
        test::FaultyFileSystem fs;
        fs.put("lake/a", stored);
        sink::FolderStore store(fs, "lake");
        Collected found;
        std::size_t bytes = 0;
        ASSERT_TRUE(read_lines(store, "a", codec, found.take, [&](std::size_t n) { bytes += n; }));
        EXPECT_THAT(found.lines, ElementsAre("1:one", "2:two"));
        EXPECT_EQ(bytes, stored.size());
    }
}

TEST(ReadLines, GivesTheLinesBeforeATornEndAndThenAnError) {
    std::string stored;
    Compressor gzip(Codec::gzip);
    gzip.append("one\n", stored);
    auto const first_member = stored.size();
    gzip.append("two\n", stored);
    for (auto size = first_member + 1; size < stored.size(); ++size) {
        test::FaultyFileSystem fs;
        fs.put("lake/a", std::string_view(stored).substr(0, size));
        sink::FolderStore store(fs, "lake");
        Collected found;
        auto const read = read_lines(store, "a", Codec::gzip, found.take, [](std::size_t) {});
        EXPECT_EQ(read.error().code, Errc::corrupt) << size;
        ASSERT_GE(found.lines.size(), 1U);
        EXPECT_EQ(found.lines.front(), "1:one");
    }
}

}  // namespace
}  // namespace inlet::verify
