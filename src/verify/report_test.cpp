#include "verify/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "verify/progress_bar.hpp"

namespace inlet::verify {
namespace {

using ::testing::HasSubstr;

Report example() {
    Report report;
    report.place = "var/lake";
    report.objects = 2;
    report.stored_bytes = 1234;
    report.rows = 10'000;
    NodeReport node;
    node.types["alias"] = {2, 1, 3, 7};
    node.types["track"] = {9'998, 1, 1, 10'001};
    node.rows = 10'000;
    node.distinct = 10'000;
    node.first_seq = 1;
    node.last_seq = 10'001;
    node.missing = 1;
    node.gaps = {{5, 5}};
    node.complete_to_seq = 4;
    node.complete_to_time = "2026-11-22T11:04:02.123Z";
    report.nodes["k3v9x2mq4tz7p"] = node;
    report.add({ProblemKind::foreign_file, "raw/a\x1b[31m\n", 0, "not read"});
    return report;
}

TEST(Report, IsReadAtAGlance) {
    EXPECT_EQ(as_text(example()),
              R"(var/lake: 10,000 rows in 2 objects of 1,234 bytes

node k3v9x2mq4tz7p
  type     rows  objects  first seq  last seq
  alias       2        1          3         7
  track   9,998        1          1    10,001
  all    10,000                   1    10,001
  complete up to seq 4, received 2026-11-22T11:04:02.123Z
  tail unproven: whether later rows were acknowledged, only the journal knows (--journal)
  MISSING 1 rows:
    seq 5

problems
  foreign file: 1
    raw/a\u001b[31m\n: not read

NOT COMPLETE: rows are missing, misplaced or conflicting
(Ids are not compared across rows: a client's retry is a second row with the same id.)
)");
}

TEST(Report, IsOneLineOfJsonForPrograms) {
    auto const json = as_json(example());
    EXPECT_THAT(json, HasSubstr(R"("verdict":"missing_or_conflicting")"));
    EXPECT_THAT(json, HasSubstr(R"("gaps":[{"first_seq":5,"last_seq":5}],"journal":null})"));
    EXPECT_THAT(json, HasSubstr(R"("foreign file":1)"));
    EXPECT_THAT(json,
                HasSubstr(R"({"kind":"foreign file","object":"raw/a\u001b[31m\n","line":null)"));
    EXPECT_EQ(json.find('\n'), json.size() - 1);
}

TEST(Report, CallsALakeWithoutARowEmptyAndNotComplete) {
    Report report;
    EXPECT_THAT(as_text(report), HasSubstr("\nEMPTY: no row is here; whether any should be"));
    report.journal_given = true;
    NodeReport node;
    node.journal.emplace().last_seq = 3;
    node.pending = 3;
    report.nodes["k3v9x2mq4tz7p"] = node;
    EXPECT_THAT(as_text(report), HasSubstr("\n  nothing is here yet\n"));
    EXPECT_THAT(as_text(report), HasSubstr("\nEMPTY: no row is here, and none that counts"));
    report.nodes["k3v9x2mq4tz7p"].missing = 1;
    EXPECT_THAT(as_text(report), HasSubstr("\nNOT COMPLETE"));
}

TEST(Report, WhatCannotBeReadOutweighsWhatIsMissing) {
    auto report = example();
    EXPECT_EQ(report.verdict(), Verdict::missing_or_conflicting);
    report.add({ProblemKind::unreadable_line, "a", 1, "no row"});
    EXPECT_EQ(report.verdict(), Verdict::unreadable);
    EXPECT_EQ(Report().verdict(), Verdict::complete);
}

TEST(ProgressBar, TellsShareRateAndTimeLeft) {
    EXPECT_EQ(progress_line(0, 0, 0), "[====================] 100 %   0 B of 0 B");
    EXPECT_EQ(progress_line(0, 2'400'000'000, 0), "[                    ]   0 %   0 B of 2.4 GB");
    EXPECT_EQ(progress_line(1'200'000'000, 2'400'000'000, 4'000),
              "[==========          ]  50 %   1.2 GB of 2.4 GB   300 MB/s   4 s left");
    EXPECT_EQ(progress_line(1'000, 1'000'000, 1'000),
              "[                    ]   0 %   1.0 kB of 1.0 MB   1.0 kB/s   16 min 39 s left");
    EXPECT_EQ(progress_line(1, 10'000, 1'000),
              "[                    ]   0 %   1 B of 10 kB   1 B/s   2 h 46 min left");
}

}  // namespace
}  // namespace inlet::verify
