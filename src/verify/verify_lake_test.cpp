#include "verify/verify_lake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/compress.hpp"
#include "journal/journal_fixture.hpp"
#include "journal/lane_state.hpp"
#include "sink/folder_store.hpp"
#include "support/faulty_file_system.hpp"

namespace inlet::verify {

inline void PrintTo(SeqRange const& range, std::ostream* out) {
    *out << range.first << "-" << range.last;
}

namespace {

using test::FaultyFileSystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr auto kNode = "abcdefghij234";
constexpr auto kOther = "zzzzzzzzzz222";
constexpr auto kTrack = "raw/type=track/dt=2026-11-22/abcdefghij234-1-10.ndjson";
constexpr auto kAlias = "raw/type=alias/dt=2026-11-22/abcdefghij234-1-10.ndjson";

struct RowSpec {
    std::uint64_t seq;
    std::string type = "track";
    std::string content = "x";
    std::string node = kNode;
    std::string date = "2026-11-22";
};

std::string row(RowSpec const& spec) {
    auto second = std::to_string(10 + spec.seq % 50);
    return R"({"type":")" + spec.type +
           R"(","id":"01234567-89ab-7def-8123-456789abcdef","receivedAt":")" + spec.date +
           "T11:04:" + second + R"(.000Z","node":")" + spec.node + R"(","seq":)" +
           std::to_string(spec.seq) + R"(,"userId":")" + spec.content + "\"}\n";
}

std::string rows(std::vector<std::uint64_t> const& seqs, std::string const& type = "track") {
    std::string text;
    for (auto const seq : seqs) text += row({.seq = seq, .type = type});
    return text;
}

std::string gzip(std::string_view text) {
    std::string out;
    Compressor(Codec::gzip).append(text, out);
    return out;
}

class Lake {
  public:
    Lake& put(std::string const& key, std::string_view content) {
        fs.put("lake/" + key, content);
        return *this;
    }
    Report verify(std::uint64_t repeats_at_a_time = 1'000'000) {
        sink::FolderStore store(fs, "lake");
        auto report =
            verify_lake(store, {"lake", std::nullopt, pass_over_hidden, repeats_at_a_time},
                        [&](std::uint64_t d, std::uint64_t t) {
                            EXPECT_LE(d, t);
                            done = d;
                            total = t;
                        });
        EXPECT_TRUE(report) << report.error().message();
        return std::move(report).value();
    }

    bool pass_over_hidden = false;
    FaultyFileSystem fs;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
};

// Rows 1 to 10 of one node: 3 and 7 are aliases.
struct HealthyLake : Lake {
    HealthyLake() {
        put(kTrack, rows({1, 2, 4, 5, 6, 8, 9, 10}));
        put(kAlias, rows({3, 7}, "alias"));
    }
};

std::vector<std::string> problems_of(Report const& report) {
    std::vector<std::string> out;
    for (auto const& problem : report.problems) {
        out.push_back(std::string(to_string(problem.kind)) + " " + problem.object + ":" +
                      std::to_string(problem.line) + ": " + problem.detail);
    }
    return out;
}

TEST(VerifyLake, FindsAHealthyLakeComplete) {
    HealthyLake lake;
    auto const report = lake.verify();
    EXPECT_EQ(report.verdict(), Verdict::complete);
    EXPECT_EQ(report.objects, 2U);
    EXPECT_EQ(report.rows, 10U);
    auto const& node = report.nodes.at(kNode);
    EXPECT_EQ(node.complete_to_seq, 10U);
    EXPECT_EQ(node.complete_to_time, "2026-11-22T11:04:20.000Z");
    EXPECT_EQ(node.types.at("alias").rows, 2U);
    EXPECT_EQ(node.types.at("alias").first_seq, 3U);
    EXPECT_EQ(node.types.at("alias").last_seq, 7U);
    EXPECT_EQ(node.types.at("track").objects, 1U);
    EXPECT_FALSE(node.journal) << "without a journal the tail is unproven";
    EXPECT_THAT(report.problems, IsEmpty());
    EXPECT_EQ(lake.done, lake.total);
}

TEST(VerifyLake, AnEmptyLakeIsComplete) {
    Lake lake;
    ASSERT_TRUE(lake.fs.make_directories("lake"));
    auto const report = lake.verify();
    EXPECT_EQ(report.verdict(), Verdict::complete);
    EXPECT_EQ(report.rows, 0U);
}

TEST(VerifyLake, FailsIfThereIsNoSuchFolder) {
    FaultyFileSystem fs;
    sink::FolderStore store(fs, "none");
    EXPECT_FALSE(verify_lake(store, {"none"}, [](std::uint64_t, std::uint64_t) {}));
}

struct Damage {
    char const* name;
    void (*apply)(Lake&);
    Verdict verdict;
    char const* problem;  // part of one of the problems, or of the text for missing rows
};

class DamagedLake : public ::testing::TestWithParam<Damage> {};

TEST_P(DamagedLake, IsReported) {
    HealthyLake lake;
    GetParam().apply(lake);
    auto const report = lake.verify();
    EXPECT_EQ(report.verdict(), GetParam().verdict) << as_text(report);
    EXPECT_THAT(as_text(report), HasSubstr(GetParam().problem));
}

INSTANTIATE_TEST_SUITE_P(
    Damages, DamagedLake,
    ::testing::Values(
        Damage{"MissingObject",
               [](Lake& l) { ASSERT_TRUE(l.fs.remove(std::string("lake/") + kAlias)); },
               Verdict::missing_or_conflicting, "MISSING 2 rows:\n    seq 3\n    seq 7\n"},
        Damage{"MissingRow", [](Lake& l) { l.put(kAlias, rows({3}, "alias")); },
               Verdict::missing_or_conflicting, "MISSING 1 rows:\n    seq 7\n"},
        Damage{"MissingHead",
               [](Lake& l) {
                   l.put(kTrack, rows({4, 5, 6, 8, 9, 10}));
               },
               Verdict::missing_or_conflicting, "seq 1 to 2 (2), before the oldest row here"},
        Damage{"EmptyFile", [](Lake& l) { l.put(kTrack, ""); }, Verdict::unreadable,
               "abcdefghij234-1-10.ndjson: empty"},
        Damage{"TornLastLine", [](Lake& l) { l.fs.truncate(std::string("lake/") + kAlias, 200); },
               Verdict::unreadable, "-1-10.ndjson:2: no row"},
        Damage{"MissingLastLineFeed",
               [](Lake& l) {
                   l.put(kAlias,
                         rows({3}, "alias") + row({.seq = 7, .type = "alias"}).substr(0, 130));
               },
               Verdict::unreadable, "-1-10.ndjson:2: "},
        Damage{"ForeignLine",
               [](Lake& l) { l.put(kAlias, rows({3}, "alias") + "hello\n" + rows({7}, "alias")); },
               Verdict::unreadable, "type=alias/dt=2026-11-22/abcdefghij234-1-10.ndjson:2: no row"},
        Damage{"SeqZero",
               [](Lake& l) {
                   l.put(kAlias, rows({0, 3, 7}, "alias"));
               },
               Verdict::unreadable, ":1: seq counts from 1"},
        Damage{"Gibberish", [](Lake& l) { l.put(kAlias, std::string("\0\xFF\x80\n\n", 5)); },
               Verdict::unreadable, ":1: no row"},
        Damage{"NoGzip",
               [](Lake& l) {
                   l.put("raw/type=track/dt=2026-11-22/abcdefghij234-11-12.ndjson.gz", "no gzip");
               },
               Verdict::unreadable, "-11-12.ndjson.gz: gzip: corrupt"},
        Damage{"CutGzip",
               [](Lake& l) {
                   auto const bytes = gzip(rows({11}));
                   l.put("raw/type=track/dt=2026-11-22/abcdefghij234-11-12.ndjson.gz",
                         bytes.substr(0, bytes.size() - 3));
               },
               Verdict::unreadable, "ends early"},
        Damage{"DiskError", [](Lake& l) { l.fs.make_unreadable(std::string("lake/") + kAlias); },
               Verdict::unreadable, "type=alias/dt=2026-11-22/abcdefghij234-1-10.ndjson: lake/"},
        Damage{"WrongType",
               [](Lake& l) {
                   l.put(kAlias, rows({3, 7}, "track"));
               },
               Verdict::missing_or_conflicting, ":2: a row of type track"},
        Damage{"WrongDate",
               [](Lake& l) {
                   l.put(kAlias, rows({3}, "alias") +
                                     row({.seq = 7, .type = "alias", .date = "2026-11-23"}));
               },
               Verdict::missing_or_conflicting, ":2: received on 2026-11-23"},
        Damage{"OutsideItsRange",
               [](Lake& l) {
                   l.put(kAlias, rows({3, 7, 11}, "alias"));
               },
               Verdict::missing_or_conflicting,
               ":3: row abcdefghij234-11 is not in the range of the name"},
        Damage{"OfAnotherNode",
               [](Lake& l) {
                   l.put(kAlias,
                         rows({3, 7}, "alias") + row({.seq = 1, .type = "alias", .node = kOther}));
               },
               Verdict::missing_or_conflicting,
               ":3: row zzzzzzzzzz222-1 is not in the range of the name"},
        Damage{"Conflict",
               [](Lake& l) {
                   l.put("raw/type=alias/dt=2026-11-22/abcdefghij234-7-7.ndjson",
                         row({.seq = 7, .type = "alias", .content = "other"}));
               },
               Verdict::missing_or_conflicting, "CONFLICT: 1 seq with different contents"},
        Damage{"EqualRepeat",
               [](Lake& l) {
                   l.put("raw/type=alias/dt=2026-11-22/abcdefghij234-7-7.ndjson",
                         rows({7}, "alias"));
               },
               Verdict::complete, "1 repeated rows, equal to the first: harmless"},
        Damage{"ForeignFile",
               [](Lake& l) { l.put("raw/type=track/dt=2026-11-22/README.txt", "hello"); },
               Verdict::complete, "README.txt: not read"},
        Damage{"OutsideTheLake", [](Lake& l) { l.put("notes.txt", "hello"); }, Verdict::complete,
               "COMPLETE"},
        Damage{"FirehoseObject",
               [](Lake& l) {
                   l.put(
                       "raw/type=track/dt=2026-11-22/inlet-track-1-2026-11-22-11-04-02-x.ndjson.gz",
                       gzip(rows({11, 12})));
               },
               Verdict::complete, "complete up to seq 12,"}),
    [](auto const& instance) { return std::string(instance.param.name); });

TEST(VerifyLake, PassesOverHiddenNamesWhereAthenaWould) {
    Lake lake;
    lake.put("raw/type=alias/dt=2026-11-22/_SUCCESS", "")
        .put("raw/_temporary/0/part.ndjson", "half")
        .put("raw/type=alias/dt=2026-11-22/.abcdefghij234-7-7.ndjson", "no row\n");
    EXPECT_EQ(lake.verify().count(ProblemKind::foreign_file), 1U);
    lake.pass_over_hidden = true;
    auto const report = lake.verify();
    EXPECT_EQ(report.objects, 0U);
    EXPECT_TRUE(report.problems.empty());
}

TEST(VerifyLake, TheHorizonEndsBeforeTheFirstGap) {
    Lake lake;
    lake.put(kTrack, rows({1, 2, 3, 5, 6, 9}));
    auto const report = lake.verify();
    auto const& node = report.nodes.at(kNode);
    EXPECT_EQ(node.complete_to_seq, 3U);
    EXPECT_EQ(node.complete_to_time, "2026-11-22T11:04:13.000Z");
    EXPECT_EQ(node.missing, 3U);
    EXPECT_THAT(node.gaps, ElementsAre(SeqRange{4, 4}, SeqRange{7, 8}));
}

TEST(VerifyLake, CountsRepeatsAndConflictsPerNodeOverAllTypes) {
    Lake lake;
    std::string text;
    for (std::uint64_t seq = 1; seq <= 10; ++seq) text += row({.seq = seq});
    text += row({.seq = 2}) + row({.seq = 2});    // twice more
    text += row({.seq = 5, .content = "other"});  // another content
    text += row({.seq = 5}) + row({.seq = 5, .content = "third"});
    lake.put(kTrack, text);
    lake.put("raw/type=alias/dt=2026-11-22/zzzzzzzzzz222-1-2.ndjson.gz",
             gzip(row({.seq = 1, .type = "alias", .node = kOther}) +
                  row({.seq = 2, .type = "alias", .node = kOther})));
    auto const report = lake.verify();
    EXPECT_EQ(report.nodes.at(kNode).distinct, 10U);
    EXPECT_EQ(report.nodes.at(kNode).rows, 15U);
    EXPECT_EQ(report.nodes.at(kNode).repeats, 3U);
    EXPECT_EQ(report.nodes.at(kNode).conflicts, 1U);
    EXPECT_EQ(report.nodes.at(kOther).repeats, 0U);
    EXPECT_EQ(report.nodes.at(kOther).complete_to_seq, 2U);
    EXPECT_THAT(problems_of(report),
                ElementsAre(std::string("conflict ") + kTrack +
                            ":13: seq 5 has other content than in " + kTrack + ":5"));
}

TEST(VerifyLake, ComparesManyRepeatsInSeveralRounds) {
    Lake lake;
    constexpr std::uint64_t kRows = 300;
    std::string text;
    for (std::uint64_t seq = 1; seq <= kRows; ++seq) text += row({.seq = seq});
    auto const key = "raw/type=track/dt=2026-11-22/abcdefghij234-1-300.ndjson";
    lake.put(key, text);
    lake.put(std::string(key) + ".gz", gzip(text + text));
    lake.put("raw/type=track/dt=2026-11-22/abcdefghij234-200-200.ndjson",
             row({.seq = 200, .content = "other"}));
    for (std::uint64_t const at_a_time : {1'000'000U, 300U, 100U, 7U}) {
        auto const report = lake.verify(at_a_time);
        EXPECT_EQ(report.nodes.at(kNode).repeats, 2 * kRows) << at_a_time;
        EXPECT_EQ(report.nodes.at(kNode).conflicts, 1U) << at_a_time;
        EXPECT_EQ(lake.done, lake.total);
    }
}

TEST(VerifyLake, ListsOnlyTheFirstOfManyProblems) {
    Lake lake;
    std::string text;
    for (int i = 0; i < 500; ++i) text += "hello\n";
    lake.put(kTrack, text);
    auto const report = lake.verify();
    EXPECT_EQ(report.count(ProblemKind::unreadable_line), 500U);
    EXPECT_EQ(report.problems.size(), kMaxListed);
    EXPECT_THAT(as_text(report), HasSubstr("only the first 100 are shown"));
}

// A journal that acknowledged rows 1 to 10, and a lake that holds some of them.
class LakeAndJournal : public journal::JournalTest {
  protected:
    void SetUp() override {
        open();
        for (int i = 0; i < 10; ++i) ASSERT_TRUE(append({"x"}));
        node_ = journal->node();
    }

    void put_rows(std::uint64_t first, std::uint64_t last) {
        std::string text;
        for (auto seq = first; seq <= last; ++seq) text += row({.seq = seq, .node = node_});
        fs.put("lake/raw/type=track/dt=2026-11-22/" + node_ + "-" + std::to_string(first) + "-" +
                   std::to_string(last) + ".ndjson",
               text);
    }

    void save_cursor(std::uint64_t next_seq, std::uint64_t quarantined = 0) {
        journal::LaneState state;
        state.node = node_;
        state.cursor = {1, 4096, next_seq};
        state.delivered = next_seq - 1 - quarantined;
        state.quarantined = quarantined;
        auto file = journal::SlotFile::open(fs, kDir, journal::lane_file_name("lake"));
        ASSERT_TRUE(file && file.value().replace(encode(state)));
    }

    NodeReport verify() {
        sink::FolderStore store(fs, "lake");
        report_ =
            verify_lake(store, {"lake", JournalPlace{fs, kDir}}, [](std::uint64_t, std::uint64_t) {
            }).value();
        return report_.nodes.at(node_);
    }

    std::string node_;
    Report report_;
};

TEST_F(LakeAndJournal, ProveTheTail) {
    put_rows(1, 10);
    auto const node = verify();
    ASSERT_TRUE(node.journal);
    EXPECT_EQ(node.journal->last_seq, 10U);
    EXPECT_EQ(node.pending, 0U);
    EXPECT_EQ(report_.verdict(), Verdict::complete);
    EXPECT_THAT(as_text(report_), HasSubstr("the journal acknowledged rows up to seq 10\n"));
}

TEST_F(LakeAndJournal, RowsThatTheLaneHasStillToBringArePending) {
    put_rows(1, 4);
    EXPECT_EQ(verify().pending, 6U);
    EXPECT_EQ(report_.verdict(), Verdict::complete) << "up to its horizon";
    put_rows(7, 7);  // of a batch that is being published
    EXPECT_EQ(verify().missing, 2U) << "without a cursor a hole is a hole";
    save_cursor(5);
    EXPECT_EQ(verify().missing, 0U);
    EXPECT_EQ(verify().pending, 5U);
    EXPECT_EQ(report_.verdict(), Verdict::complete);
}

TEST_F(LakeAndJournal, RowsBeforeTheCursorMustBeThere) {
    put_rows(1, 4);
    save_cursor(8, 1);
    auto const node = verify();
    EXPECT_THAT(node.gaps, ElementsAre(SeqRange{5, 7}));
    EXPECT_EQ(node.pending, 3U);
    EXPECT_EQ(report_.verdict(), Verdict::missing_or_conflicting);
    EXPECT_THAT(as_text(report_),
                HasSubstr("by the journal's account not brought here: 1 quarantined"));
}

TEST_F(LakeAndJournal, ALakeWithoutAnyRowIsMissingWhatTheCursorPassed) {
    ASSERT_TRUE(fs.make_directories("lake"));
    EXPECT_EQ(verify().pending, 10U);
    EXPECT_EQ(report_.verdict(), Verdict::complete);
    save_cursor(11);
    EXPECT_EQ(verify().missing, 10U);
    EXPECT_EQ(report_.verdict(), Verdict::missing_or_conflicting);
}

TEST_F(LakeAndJournal, ALakeThatIsNewerThanTheJournalIsNotItsLake) {
    put_rows(1, 12);
    EXPECT_EQ(verify().unknown_to_journal, 2U);
    EXPECT_EQ(report_.verdict(), Verdict::missing_or_conflicting);
}

TEST_F(LakeAndJournal, SaySoIfThereIsNoJournal) {
    put_rows(1, 10);
    ASSERT_TRUE(fs.make_directories("empty"));
    sink::FolderStore store(fs, "lake");
    auto const report =
        verify_lake(store, {"lake", JournalPlace{fs, "empty"}}, [](std::uint64_t, std::uint64_t) {
        }).value();
    EXPECT_EQ(report.verdict(), Verdict::unreadable);
    EXPECT_THAT(as_text(report), HasSubstr("empty: empty: no journal"));
}

TEST_F(LakeAndJournal, ProveNothingWhenASegmentOfTheJournalHasLostItsHeader) {
    put_rows(1, 10);
    fs.put(std::string(kDir) + "/" + journal::segment_name(9), std::string(8192, 'x'));
    sink::FolderStore store(fs, "lake");
    auto const report =
        verify_lake(store, {"lake", JournalPlace{fs, kDir}}, [](std::uint64_t, std::uint64_t) {
        }).value();
    EXPECT_EQ(report.verdict(), Verdict::unreadable);
    EXPECT_THAT(as_text(report), HasSubstr("000000000009.segment: its header cannot be read"));
}

}  // namespace
}  // namespace inlet::verify
