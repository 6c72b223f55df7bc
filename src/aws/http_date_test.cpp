#include "aws/http_date.hpp"

#include <gtest/gtest.h>

#include "base/time.hpp"

namespace inlet::aws {
namespace {

TEST(HttpDate, ReadsWhatServersWrite) {
    EXPECT_EQ(parse_http_date("Sun, 22 Nov 2026 11:04:02 GMT"), 1'795'345'442'000);
    EXPECT_EQ(parse_http_date("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
    for (std::int64_t t = 0; t < 4'000'000'000'000; t += 12'345'678'000) {
        EXPECT_EQ(parse_http_date(http_date(t)), t);
    }
}

TEST(HttpDate, IgnoresAnythingElse) {
    for (char const* text :
         {"", "Sun", "Sun, 22 Nov 2026 11:04:02 CET", "Sun, 22 Nox 2026 11:04:02 GMT",
          "Sun, 31 Feb 2026 11:04:02 GMT", "Sun, 22 Nov 2026 24:04:02 GMT",
          "Sun, 22 Nov 2026 11:04:02 GMT ", "2026-11-22T11:04:02Z", "Sun Nov 22 11:04:02 2026",
          "Sun, 2a Nov 2026 11:04:02 GMT", "Sun, 22 ovD 2026 11:04:02 GMT"}) {
        EXPECT_EQ(parse_http_date(text), std::nullopt) << text;
    }
}

}  // namespace
}  // namespace inlet::aws
