#include "base/secret.hpp"

#include <gtest/gtest.h>
#include <string>

namespace inlet {
namespace {

TEST(Secret, EqualsOnlyItself) {
    Secret const secret("correct horse");
    EXPECT_TRUE(secret.equals(Secret("correct horse")));
    for (auto const& other :
         {std::string("correct hors"), std::string("correct horse "), std::string("Correct horse"),
          std::string(), std::string("correct horse\0", 14)}) {
        EXPECT_FALSE(secret.equals(Secret(other))) << other;
        EXPECT_FALSE(Secret(other).equals(secret)) << other;
    }
}

TEST(Secret, TakesTextsUpToItsBound) {
    std::string const longest(Secret::kMaxBytes, 'x');
    EXPECT_TRUE(Secret(longest).equals(Secret(longest)));
    EXPECT_FALSE(Secret(longest).empty());
    EXPECT_TRUE(Secret(longest + "x").empty());
    EXPECT_FALSE(Secret(longest + "x").equals(Secret(longest)));
    EXPECT_TRUE(Secret().empty());
}

}  // namespace
}  // namespace inlet
