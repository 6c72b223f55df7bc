#include "config/quantity.hpp"

#include <gtest/gtest.h>

namespace inlet::config {
namespace {

struct Case {
    std::string_view text;
    Unit unit;
    std::optional<std::int64_t> value;
};

TEST(Quantity, IsANumberWithAKnownUnit) {
    for (Case const& c : {
             Case{"0", Unit::none, 0},
             Case{"12", Unit::none, 12},
             Case{"-5", Unit::none, -5},
             Case{" 7 ", Unit::none, 7},
             Case{"1048576", Unit::bytes, 1'048'576},
             Case{"10B", Unit::bytes, 10},
             Case{"64MiB", Unit::bytes, 67'108'864},
             Case{"1 GiB", Unit::bytes, 1'073'741'824},
             Case{"500MB", Unit::bytes, 500'000'000},
             Case{"3kB", Unit::bytes, 3'000},
             Case{"3KB", Unit::bytes, 3'000},
             Case{"3KiB", Unit::bytes_per_second, 3'072},
             Case{"2TiB", Unit::bytes, 2'199'023'255'552},
             Case{"1TB", Unit::bytes, 1'000'000'000'000},
             Case{"250ms", Unit::milliseconds, 250},
             Case{"5s", Unit::milliseconds, 5'000},
             Case{"2m", Unit::milliseconds, 120'000},
             Case{"1 h", Unit::milliseconds, 3'600'000},
             Case{"7d", Unit::milliseconds, 604'800'000},
             Case{"9223372036854775807", Unit::bytes, INT64_MAX},
         }) {
        EXPECT_EQ(parse_quantity(c.text, c.unit), c.value) << c.text;
    }
}

TEST(Quantity, RefusesWhatItDoesNotFullyUnderstand) {
    for (Case const& c : {
             Case{"", Unit::bytes, {}},
             Case{" ", Unit::bytes, {}},
             Case{"MiB", Unit::bytes, {}},
             Case{"1.5MiB", Unit::bytes, {}},
             Case{"64M", Unit::bytes, {}},
             Case{"64mib", Unit::bytes, {}},
             Case{"64 Mbit", Unit::bytes, {}},
             Case{"0x10", Unit::bytes, {}},
             Case{"1_000", Unit::bytes, {}},
             Case{"+1", Unit::bytes, {}},
             Case{"5s", Unit::bytes, {}},
             Case{"5S", Unit::milliseconds, {}},
             Case{"5sec", Unit::milliseconds, {}},
             Case{"5MiB", Unit::milliseconds, {}},
             Case{"5s", Unit::none, {}},
             Case{"5s", Unit::seconds, {}},
             Case{"9223372036854775808", Unit::bytes, {}},
             Case{"9007199254740993KiB", Unit::bytes, {}},
             Case{"8388608TiB", Unit::bytes, {}},
         }) {
        EXPECT_EQ(parse_quantity(c.text, c.unit), c.value) << c.text;
    }
}

TEST(Quantity, IsShownInTheLargestUnitThatIsExact) {
    EXPECT_EQ(with_unit(67'108'864, Unit::bytes), "64 MiB");
    EXPECT_EQ(with_unit(1'000'000, Unit::bytes), "1 MB");
    EXPECT_EQ(with_unit(1'000, Unit::bytes_per_second), "1 kB/s");
    EXPECT_EQ(with_unit(65'000, Unit::milliseconds), "65 s");
    EXPECT_EQ(with_unit(86'400'000, Unit::milliseconds), "1 d");
    EXPECT_EQ(with_unit(512, Unit::bytes), "");
    EXPECT_EQ(with_unit(0, Unit::bytes), "");
    EXPECT_EQ(with_unit(5, Unit::seconds), "");
}

}  // namespace
}  // namespace inlet::config
