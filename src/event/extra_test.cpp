#include "event/extra.hpp"

#include "support/render_fixture.hpp"

namespace inlet::event {
namespace {

using testing::HasSubstr;

class ExtraTest : public RenderTest {
  protected:
    // The "extra" of the row of a track body with these members around one event with those.
    std::string extra(std::string const& of_body, std::string const& of_event) {
        auto const result = track(R"({"userId":"u",)" + of_body + R"("events":[{"eventName":"n",)" +
                                  of_event + R"("metadata":{},"timestampUTC":1}]})");
        EXPECT_EQ(result.outcome.verdict, Verdict::accepted)
            << testing::PrintToString(result.problems());
        if (result.outcome.rows == 0) return "";
        auto const row = result.rows().front();
        std::string_view const last = R"("timestampUTC":1)";
        return row.substr(row.find(last) + last.size());
    }
};

TEST_F(ExtraTest, IsLeftOutWhenThereIsNothing) {
    EXPECT_EQ(extra("", ""), "}");
}

TEST_F(ExtraTest, KeepsUnknownMembersVerbatim) {
    EXPECT_EQ(extra(R"("v": 1e400 ,)", ""), R"(,"extra":{"v":1e400}})");
    EXPECT_EQ(extra("", R"("a\u0062":[ 1, "x y" ],)"), R"(,"extra":{"a\u0062":[1,"x y"]}})");
    EXPECT_EQ(extra("", R"("extra":{"extra":1},)"), R"(,"extra":{"extra":{"extra":1}}})");
}

TEST_F(ExtraTest, PutsTheEventsMembersBeforeTheBodys) {
    EXPECT_EQ(extra(R"("b":1,"c":2,)", R"("z":3,"a":4,)"),
              R"(,"extra":{"z":3,"a":4,"b":1,"c":2}})");
}

TEST_F(ExtraTest, LetsTheEventsMemberWin) {
    EXPECT_EQ(extra(R"("a":1,"b":2,)", R"("a":3,)"), R"(,"extra":{"a":3,"b":2}})");
    EXPECT_EQ(extra(R"("a":1,)", R"("a":3,)"), R"(,"extra":{"a":3}})");
    EXPECT_EQ(extra(R"("\u0061":1,"b":2,)", R"("a":3,)"), R"(,"extra":{"a":3,"b":2}})");
    EXPECT_EQ(extra(R"("a":1,"b":2,)", R"("\u0061":3,)"), R"(,"extra":{"\u0061":3,"b":2}})");
    EXPECT_EQ(extra(R"("messageId":"m",)", R"("messageId":"n",)"),
              R"(,"extra":{"messageId":"n"}})");
}

TEST_F(ExtraTest, KeepsAllMembersOfOneName) {
    EXPECT_EQ(extra(R"("a":1,"b":2,"a":3,)", ""), R"(,"extra":{"a":1,"a":3,"b":2}})");
    EXPECT_EQ(extra("", R"("a":1,"b":2,"a":3,)"), R"(,"extra":{"a":1,"b":2,"a":3}})");
    EXPECT_EQ(extra(R"("a":1,"b":2,"a":3,)", R"("a":4,"a":5,)"),
              R"(,"extra":{"a":4,"a":5,"b":2}})");
}

TEST_F(ExtraTest, KeepsKnownNamesOfOtherObjects) {
    EXPECT_EQ(extra(R"("timestampUTC":7,"metadata":1,"metadata":2,)", R"("userId":"x",)"),
              R"(,"extra":{"userId":"x","timestampUTC":7,"metadata":1,"metadata":2}})");
    expect_rows(
        Kind::alias,
        R"({"newUserId":"a","userId":"x","originalUserId":"b","timestampUTC":1,"userId":"y"})",
        {R"({"type":"alias","id":"*","newUserId":"a","originalUserId":"b","timestampUTC":1,"extra":{"userId":"x","userId":"y"}})"});
}

TEST_F(ExtraTest, RepeatsTheBodysMembersInEveryRow) {
    auto const result =
        track(R"({"userId":"u","events":[{"eventName":"n","metadata":{},"timestampUTC":1,"b":2},
        {"eventName":"n","metadata":{},"timestampUTC":1},
        {"eventName":"n","metadata":{},"timestampUTC":1,"app":3}],"app":"web"})");
    ASSERT_EQ(result.outcome.rows, 3U);
    EXPECT_THAT(result.rows()[0], HasSubstr(R"("extra":{"b":2,"app":"web"}})"));
    EXPECT_THAT(result.rows()[1], HasSubstr(R"("extra":{"app":"web"}})"));
    EXPECT_THAT(result.rows()[2], HasSubstr(R"("extra":{"app":3}})"));
}

// 1 MiB of body must not become 5,000 times its size: refused by adding up, in no time.
TEST_F(ExtraTest, RefusesToAmplify) {
    std::string const event = R"({"eventName":"n","metadata":{},"timestampUTC":1})";
    std::string events = event;
    for (int i = 1; i < 5000; ++i) events += "," + event;
    auto const result = track(R"({"userId":"u","events":[)" + events + R"(],"x":")" +
                              std::string(700'000, 'x') + "\"}");
    EXPECT_EQ(result.outcome.verdict, Verdict::too_large);
    EXPECT_EQ(result.outcome.problems.at(0).pointer, "/events/5");
    EXPECT_LT(result.text.capacity(), 1'000U);
}

// Every event hides all of very many members of the body: what is hidden must not be visited per
// row.
TEST_F(ExtraTest, HidesManyMembersAtOnce) {
    std::string const event = R"({"eventName":"n","metadata":{},"timestampUTC":1,"a":1})";
    std::string events = event;
    for (int i = 1; i < 5000; ++i) events += "," + event;
    std::string shared;
    for (int i = 0; i < 100'000; ++i) shared += R"("a":2,)";
    auto const result = track("{" + shared + R"("userId":"u","events":[)" + events + "]}");
    EXPECT_EQ(result.outcome.rows, 5000U);
    EXPECT_EQ(
        result.rows().back(),
        R"({"type":"track","id":"*","userId":"u","eventName":"n","metadata":{},"timestampUTC":1,"extra":{"a":1}})");
}

TEST_F(ExtraTest, CopesWithVeryManyNames) {
    std::string many;
    for (int i = 0; i < 90'000; ++i) many += "\"" + std::to_string(i) + "\":0,";
    EXPECT_EQ(extra(many, "").size(), many.size() + std::string_view(R"(,"extra":{)").size() + 1);
    auto const own = extra(many, many);
    EXPECT_EQ(own.size(), many.size() + std::string_view(R"(,"extra":{)").size() + 1);
}

}  // namespace
}  // namespace inlet::event
