#include "base/id.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <string>

#include "base/sha256.hpp"

namespace inlet {
namespace {

std::string text_of(UuidText const& uuid) {
    return {uuid.begin(), uuid.end()};
}

TEST(Uuid, Version7CarriesTheTimeInFront) {
    UuidSource source;
    auto const text = text_of(source.next(0x0123456789AB));
    EXPECT_EQ(text.substr(0, 15), "01234567-89ab-7");
    EXPECT_EQ(text.size(), kUuidSize);
    for (std::size_t const dash : {8U, 13U, 18U, 23U}) EXPECT_EQ(text[dash], '-');
    EXPECT_NE(std::string("89ab").find(text[19]), std::string::npos) << "variant of RFC 9562";
}

TEST(Uuid, IsNewEveryTimeAndFromEverySource) {
    std::set<std::string> seen;
    for (int s = 0; s < 10; ++s) {
        UuidSource source;
        for (int i = 0; i < 1000; ++i) seen.insert(text_of(source.next(1)));
    }
    EXPECT_EQ(seen.size(), 10'000U);
}

TEST(Uuid, OfADigestIsVersion8AndTheSameEveryTime) {
    auto const digest = sha256("abc");
    // SHA-256("abc") begins ba7816bf 8f01cfea 414140de 5dae2223; version and variant replace 6 bits.
    EXPECT_EQ(text_of(uuid_from_sha256(digest)), "ba7816bf-8f01-8fea-8141-40de5dae2223");
    EXPECT_EQ(uuid_from_sha256(digest), uuid_from_sha256(sha256("abc")));
    EXPECT_NE(uuid_from_sha256(digest), uuid_from_sha256(sha256("abd")));
}

TEST(Hex, ShowsEveryByteWithTwoDigits) {
    EXPECT_EQ(to_hex(std::string_view("\x00\x7F\xFFz", 4)), "007fff7a");
    EXPECT_EQ(to_hex(""), "");
}

TEST(Node, IsThirteenPlainCharactersAndNeverTheSame) {
    std::set<std::string> seen;
    for (int i = 0; i < 1000; ++i) {
        auto const node = random_node();
        EXPECT_EQ(node.size(), kNodeSize);
        EXPECT_TRUE(std::all_of(node.begin(), node.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7');
        })) << node;
        seen.insert(node);
    }
    EXPECT_EQ(seen.size(), 1000U);
}

}  // namespace
}  // namespace inlet
