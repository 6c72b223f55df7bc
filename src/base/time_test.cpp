#include "base/time.hpp"

#include <gtest/gtest.h>
#include <utility>

namespace inlet {
namespace {

struct Case {
    std::int64_t unix_ms;
    char const* iso;
    char const* http;
    std::int64_t day;
};

// From GNU date: date -u -d @SECONDS
constexpr Case kCases[] = {
    {0, "1970-01-01T00:00:00.000Z", "Thu, 01 Jan 1970 00:00:00 GMT", 0},
    {-1, "1969-12-31T23:59:59.999Z", "Wed, 31 Dec 1969 23:59:59 GMT", -1},
    {951'782'400'000, "2000-02-29T00:00:00.000Z", "Tue, 29 Feb 2000 00:00:00 GMT", 11'016},
    {1'795'345'442'123, "2026-11-22T11:04:02.123Z", "Sun, 22 Nov 2026 11:04:02 GMT", 20'779},
    {1'795'391'999'999, "2026-11-22T23:59:59.999Z", "Sun, 22 Nov 2026 23:59:59 GMT", 20'779},
    {1'795'392'000'000, "2026-11-23T00:00:00.000Z", "Mon, 23 Nov 2026 00:00:00 GMT", 20'780},
    {4'107'542'400'000, "2100-03-01T00:00:00.000Z", "Mon, 01 Mar 2100 00:00:00 GMT", 47'541},
    {253'402'300'799'999, "9999-12-31T23:59:59.999Z", "Fri, 31 Dec 9999 23:59:59 GMT", 2'932'896},
    {-62'167'219'200'000, "0000-01-01T00:00:00.000Z", "Sat, 01 Jan 0000 00:00:00 GMT", -719'528},
};

TEST(Time, IsWrittenInUtc) {
    for (auto const& expected : kCases) {
        EXPECT_EQ(iso_time(expected.unix_ms), expected.iso);
        EXPECT_EQ(http_date(expected.unix_ms), expected.http);
        EXPECT_EQ(utc_day(expected.unix_ms), expected.day);
        EXPECT_EQ(utc_date(expected.unix_ms), std::string(expected.iso).substr(0, 10));
    }
}

TEST(Time, AppendsAFixedNumberOfCharacters) {
    std::string text = "at ";
    append_iso_time(text, 1'795'345'442'123);
    EXPECT_EQ(text, "at 2026-11-22T11:04:02.123Z");
    EXPECT_EQ(text.size(), 3 + kIsoTimeSize);
}

TEST(Time, IsReadAsItIsWritten) {
    for (auto const& expected : kCases) {
        EXPECT_EQ(parse_iso_time(expected.iso), expected.unix_ms) << expected.iso;
    }
}

TEST(Time, IsReadWithFractionsAndZones) {
    std::pair<char const*, std::int64_t> const cases[] = {
        {"2026-11-22T11:04:02Z", 1'795'345'442'000},
        {"2026-11-22T11:04:02.5Z", 1'795'345'442'500},
        {"2026-11-22T11:04:02.123456789Z", 1'795'345'442'123},
        {"2026-11-22T11:04:02+00:00", 1'795'345'442'000},
        {"2026-11-22T12:04:02+01:00", 1'795'345'442'000},
        {"2026-11-22T12:34:02+0130", 1'795'345'442'000},
        {"2026-11-22T05:04:02.25-06:00", 1'795'345'442'250},
        {"2016-12-31T23:59:60Z", 1'483'228'800'000},
    };
    for (auto const& [text, unix_ms] : cases) EXPECT_EQ(parse_iso_time(text), unix_ms) << text;
}

TEST(Time, ThatIsNoneIsNotRead) {
    for (auto const* text : {"",
                             "Z",
                             "never",
                             "2026-11-22",
                             "2026-11-22T11:04Z",
                             "2026-11-22T11:04:02",
                             "2026-11-22 11:04:02Z",
                             "2026-11-22T11:04:02.Z",
                             "2026-11-22T11:04:02ZZ",
                             "2026-02-29T00:00:00Z",
                             "2026-13-01T00:00:00Z",
                             "2026-00-01T00:00:00Z",
                             "2026-11-22T24:00:00Z",
                             "2026-11-22T11:60:00Z",
                             "2026-11-22T11:04:61Z",
                             "2026-11-22T11:04:02+24:00",
                             "2026-11-22T11:04:02+1:00",
                             "+026-11-22T11:04:02Z",
                             "2026-11-22T11:04:02z",
                             "1795345442"}) {
        EXPECT_FALSE(parse_iso_time(text)) << text;
    }
}

}  // namespace
}  // namespace inlet
