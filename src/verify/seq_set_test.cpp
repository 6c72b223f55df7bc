#include "verify/seq_set.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>
#include <set>
#include <vector>

namespace inlet::verify {

inline void PrintTo(SeqRange const& range, std::ostream* out) {
    *out << range.first << "-" << range.last;
}

namespace {

using ::testing::ElementsAre;

std::vector<SeqRange> runs_of(SeqSet const& set) {
    std::vector<SeqRange> runs;
    set.each_run([&](SeqRange run) { runs.push_back(run); });
    return runs;
}

std::vector<SeqRange> gaps_of(SeqSet const& set, SeqRange within) {
    std::vector<SeqRange> gaps;
    set.each_gap(within, [&](SeqRange gap) { gaps.push_back(gap); });
    return gaps;
}

SeqSet set_of(std::vector<SeqRange> const& ranges) {
    SeqSet set;
    for (auto const& range : ranges) {
        for (auto seq = range.first;; ++seq) {
            set.insert(seq);
            if (seq == range.last) break;
        }
    }
    return set;
}

TEST(SeqSet, TellsWhetherANumberIsNew) {
    SeqSet set;
    EXPECT_TRUE(set.insert(7));
    EXPECT_FALSE(set.insert(7));
    EXPECT_TRUE(set.contains(7));
    EXPECT_FALSE(set.contains(8));
    EXPECT_EQ(set.size(), 1U);
}

TEST(SeqSet, JoinsRunsAcrossWordsAndFullBlocks) {
    auto const set = set_of({{1, 64}, {66, 20'000}, {30'000, 30'000}});
    EXPECT_THAT(runs_of(set),
                ElementsAre(SeqRange{1, 64}, SeqRange{66, 20'000}, SeqRange{30'000, 30'000}));
    EXPECT_EQ(set.first(), 1U);
    EXPECT_EQ(set.last(), 30'000U);
    EXPECT_TRUE(set.contains(10'000));
}

TEST(SeqSet, FullBlocksStillKnowTheirNumbers) {
    auto set = set_of({{0, 8191}});
    EXPECT_FALSE(set.insert(4096));
    EXPECT_EQ(set.first(), 0U);
    EXPECT_EQ(set.last(), 8191U);
    EXPECT_EQ(set.size(), 8192U);
}

TEST(SeqSet, FindsGapsWithinARange) {
    auto const set = set_of({{5, 6}, {9, 9}});
    EXPECT_THAT(gaps_of(set, {1, 12}),
                ElementsAre(SeqRange{1, 4}, SeqRange{7, 8}, SeqRange{10, 12}));
    EXPECT_THAT(gaps_of(set, {5, 6}), ElementsAre());
    EXPECT_THAT(gaps_of(set, {6, 7}), ElementsAre(SeqRange{7, 7}));
    EXPECT_THAT(gaps_of(set, {10, 12}), ElementsAre(SeqRange{10, 12}));
    EXPECT_THAT(gaps_of(set, {1, 3}), ElementsAre(SeqRange{1, 3}));
    EXPECT_THAT(gaps_of(set, {3, 1}), ElementsAre());
    EXPECT_THAT(gaps_of(SeqSet(), {1, 3}), ElementsAre(SeqRange{1, 3}));
}

TEST(SeqSet, HoldsTheLargestNumber) {
    auto const set = set_of({{1, 1}, {UINT64_MAX, UINT64_MAX}});
    EXPECT_EQ(set.last(), UINT64_MAX);
    EXPECT_THAT(runs_of(set), ElementsAre(SeqRange{1, 1}, SeqRange{UINT64_MAX, UINT64_MAX}));
    EXPECT_THAT(gaps_of(set, {1, UINT64_MAX}), ElementsAre(SeqRange{2, UINT64_MAX - 1}));
}

TEST(SeqSet, AgreesWithAPlainSetForRandomNumbers) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        std::mt19937_64 random(seed);
        SeqSet set;
        std::set<std::uint64_t> model;
        for (int i = 0; i < 30'000; ++i) {
            auto const seq = 1 + random() % 20'000;
            ASSERT_EQ(set.insert(seq), model.insert(seq).second) << "SEED=" << seed;
        }
        std::set<std::uint64_t> from_runs;
        for (auto const& run : runs_of(set)) {
            for (auto seq = run.first; seq <= run.last; ++seq) from_runs.insert(seq);
        }
        EXPECT_EQ(from_runs, model) << "SEED=" << seed;
        std::uint64_t absent = 0;
        for (auto const& gap : gaps_of(set, {1, 25'000})) absent += gap.size();
        EXPECT_EQ(absent + model.size(), 25'000U) << "SEED=" << seed;
        EXPECT_EQ(set.size(), model.size());
    }
}

}  // namespace
}  // namespace inlet::verify
