#include "config/suggest.hpp"

#include <array>
#include <gtest/gtest.h>

namespace inlet::config {
namespace {

TEST(Suggestion, CountsTypingMistakes) {
    EXPECT_EQ(edit_distance("", ""), 0U);
    EXPECT_EQ(edit_distance("", "abc"), 3U);
    EXPECT_EQ(edit_distance("abc", ""), 3U);
    EXPECT_EQ(edit_distance("listen", "listen"), 0U);
    EXPECT_EQ(edit_distance("lsiten", "listen"), 1U);
    EXPECT_EQ(edit_distance("listn", "listen"), 1U);
    EXPECT_EQ(edit_distance("listten", "listen"), 1U);
    EXPECT_EQ(edit_distance("lasten", "listen"), 1U);
    EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(Suggestion, NamesTheNearestOrTheSameNameElsewhereOrOneWithAUnit) {
    std::array<std::string, 3> const names{"server.listen", "server.max_body_bytes", "journal.dir"};
    EXPECT_EQ(suggestion("server.lissen", names), " (did you mean \"server.listen\"?)");
    EXPECT_EQ(suggestion("storage.dir", names), " (did you mean \"journal.dir\"?)");
    EXPECT_EQ(suggestion("max_body_bytes", names), " (did you mean \"server.max_body_bytes\"?)");
    EXPECT_EQ(suggestion("server.max_body", names), " (did you mean \"server.max_body_bytes\"?)");
    EXPECT_EQ(suggestion("journal.xyz", names), "");
    EXPECT_EQ(suggestion("something.else", names), "");
    EXPECT_EQ(suggestion("", names), "");
    EXPECT_EQ(suggestion(std::string(100'000, 'x'), names), "");
}

}  // namespace
}  // namespace inlet::config
