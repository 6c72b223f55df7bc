#include "aws/command_line.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace inlet::aws {
namespace {

using Words = std::vector<std::string>;

TEST(CommandLine, IsTakenApartAsByAShell) {
    std::pair<char const*, Words> const cases[] = {
        {"/opt/get --user  bob", {"/opt/get", "--user", "bob"}},
        {"  get \t x\n", {"get", "x"}},
        {R"("/opt/my tools/get" a)", {"/opt/my tools/get", "a"}},
        {R"(get 'a "b" \c' d)", {"get", R"(a "b" \c)", "d"}},
        {R"(get "a \"b\" \\ \c")", {"get", R"(a "b" \ \c)"}},
        {R"(get a\ b \"c)", {"get", "a b", "\"c"}},
        {R"(get --x='1 2'"3 4"5)", {"get", "--x=1 23 45"}},
        {R"(get '' "")", {"get", "", ""}},
    };
    for (auto const& [command, words] : cases) {
        auto const split = split_command(command);
        ASSERT_TRUE(split) << command;
        EXPECT_EQ(split.value(), words) << command;
    }
}

TEST(CommandLine, ExpandsNothing) {
    auto const split = split_command("get $HOME ~ *.c; rm -rf x | tee > y # z `id` $(id) && a");
    ASSERT_TRUE(split);
    EXPECT_EQ(split.value(), (Words{"get", "$HOME", "~", "*.c;", "rm", "-rf", "x", "|", "tee", ">",
                                    "y", "#", "z", "`id`", "$(id)", "&&", "a"}));
}

TEST(CommandLine, ThatIsBrokenIsRefused) {
    using namespace std::string_view_literals;
    for (auto const command :
         {""sv, "  \t"sv, "get 'a"sv, "get \"a"sv, "get \"a\\\""sv, "get \\"sv, "get \0x"sv}) {
        auto const split = split_command(command);
        ASSERT_FALSE(split) << command;
        EXPECT_EQ(split.error().code, Errc::invalid);
    }
}

}  // namespace
}  // namespace inlet::aws
