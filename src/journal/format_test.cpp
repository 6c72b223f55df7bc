#include "journal/format.hpp"

#include <gtest/gtest.h>

namespace inlet::journal {
namespace {

TEST(Format, NamesOfSegmentsLeadBackToTheirNumbers) {
    EXPECT_EQ(segment_name(42), "000000000042.segment");
    for (std::uint64_t const number : {1ULL, 42ULL, 999'999'999'999ULL}) {
        EXPECT_EQ(segment_number(segment_name(number)), number);
    }
}

// The order of names must be that of the numbers, and a number must have one name.
TEST(Format, TakesNoOtherNamesForSegments) {
    for (std::string_view const name :
         {"", ".segment", "000000000000.segment", "42.segment", "0000000000042.segment",
          "1000000000000.segment", "18446744073709551615.segment", "00000000004x.segment",
          "-00000000042.segment", "+00000000042.segment", "000000000042.segment.new",
          "000000000042.SEGMENT", "000000000042 segment"}) {
        EXPECT_EQ(segment_number(name), std::nullopt) << name;
    }
}

TEST(Format, ReadsAHeaderFromItsCopyIfTheFirstIsDamaged) {
    std::string block = encode({.segment = 7, .previous = 6, .node = std::string(kNodeSize, 'a')});
    block[20] ^= 1;
    ASSERT_TRUE(decode_segment_header(block).has_value());
    EXPECT_EQ(decode_segment_header(block)->segment, 7U);
    block[2048 + 20] ^= 1;
    EXPECT_FALSE(decode_segment_header(block).has_value());
    EXPECT_FALSE(decode_segment_header(block.substr(0, 100)).has_value());
}

TEST(Format, TakesNoHeaderWhoseLinkDoesNotLeadBackwards) {
    for (std::uint64_t const previous : {7, 8}) {
        auto const block =
            encode({.segment = 7, .previous = previous, .node = std::string(kNodeSize, 'a')});
        EXPECT_FALSE(decode_segment_header(block).has_value()) << previous;
    }
}

}  // namespace
}  // namespace inlet::journal
