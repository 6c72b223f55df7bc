#include "event/row_id.hpp"

#include <set>

#include "support/render_fixture.hpp"

namespace inlet::event {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class RowIdTest : public RenderTest {
  protected:
    static std::string event(std::string_view name, std::string_view more = "") {
        return R"({"eventName":")" + std::string(name) + R"(","metadata":{},"timestampUTC":1)" +
               std::string(more) + "}";
    }
    std::string first_id(std::string_view body, std::string_view key = {}) {
        auto const ids = track(body, key).ids();
        return ids.empty() ? "" : ids.front();
    }
};

TEST_F(RowIdTest, IsANewUuid7WithoutAName) {
    auto const a = first_id(one_event(event("n")));
    auto const b = first_id(one_event(event("n")));
    EXPECT_NE(a, b);
    EXPECT_EQ(a.substr(0, 15), "0193538b-1903-7");  // 1732273445123 ms
}

// Kept for ever: a lake holds ids of earlier versions.
TEST_F(RowIdTest, HasAFixedValueForAName) {
    EXPECT_EQ(first_id(one_event(event("n")), "key"), first_id(one_event(event("n")), "key"));
    auto const id = DerivedIds().of(Kind::track, {NameSource::idempotency_key, "key", 0}, "values");
    EXPECT_EQ(std::string_view(id.data(), id.size()), "498611f2-b611-8c3b-ab25-4f770af04c92");
}

TEST_F(RowIdTest, IsTheSameInARetry) {
    auto const body =
        R"({"userId":"u","events":[)" + event("a") + "," + event("a") + "," + event("b") + "]}";
    auto const ids = track(body, "key").ids();
    EXPECT_EQ(track(body, "key").ids(), ids);
    EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 3U);
    // White space, the order of members and "extra" are no part of the id.
    EXPECT_EQ(track(" {\n\"app\":1,\"events\" : [" + event("a", R"(,"x":1)") + "," + event("a") +
                        "," + event("b") + R"(],"userId":"u"})",
                    "key")
                  .ids(),
              ids);
    EXPECT_EQ(ids[0][14], '8');
}

TEST_F(RowIdTest, DiffersWithAnyValue) {
    std::set<std::string> ids;
    for (auto const& body : {one_event(event("n")), one_event(event("m")),
                             one_event(R"({"eventName":"n","metadata":{"a":1},"timestampUTC":1})"),
                             one_event(R"({"eventName":"n","metadata":{},"timestampUTC":2})"),
                             R"({"userId":"v","events":[)" + event("n") + "]}"}) {
        ids.insert(first_id(body, "1"));
    }
    ids.insert(first_id(one_event(event("n")), "2"));
    ids.insert(first_id(one_event(event("n", R"(,"messageId":"1")"))));
    ids.insert(first_id(R"({"messageId":"1","userId":"u","events":[)" + event("n") + "]}"));
    EXPECT_EQ(ids.size(), 8U);
}

TEST_F(RowIdTest, DiffersByTypeOfRow) {
    std::set<std::string> ids;
    DerivedIds derived;
    for (auto const kind : {Kind::track, Kind::alias, Kind::profile}) {
        auto const id = derived.of(kind, {NameSource::idempotency_key, "1", 0}, "values");
        ids.emplace(id.data(), id.size());
    }
    EXPECT_EQ(ids.size(), 3U);
}

TEST_F(RowIdTest, PrefersTheEventsNameThenTheBodysThenTheKey) {
    auto const own = one_event(event("n", R"(,"messageId":"e")"));
    auto const shared = R"({"userId":"u","messageId":"b","events":[)" + event("n") + "]}";
    auto const both =
        R"({"userId":"u","messageId":"b","events":[)" + event("n", R"(,"messageId":"e")") + "]}";
    EXPECT_EQ(first_id(own, "k"), first_id(own));
    EXPECT_EQ(first_id(shared, "k"), first_id(shared));
    EXPECT_EQ(first_id(both, "k"), first_id(own));
    EXPECT_NE(first_id(shared), first_id(own));
    EXPECT_NE(first_id(shared), first_id(one_event(event("n")), "b"));
}

TEST_F(RowIdTest, DoesNotDependOnThePlaceOfAnEventThatHasAName) {
    auto const named = event("n", R"(,"messageId":"e")");
    EXPECT_EQ(track(R"({"userId":"u","events":[)" + event("x") + "," + named + "]}").ids()[1],
              first_id(one_event(named)));
}

TEST_F(RowIdTest, TakesMessageIdsByTheirDecodedValue) {
    EXPECT_EQ(first_id(one_event(event("n", R"(,"messageId":"\u0065")"))),
              first_id(one_event(event("n", R"(,"messageId":"e")"))));
    EXPECT_EQ(first_id(one_event(event("n", R"(,"message\u0049d":"e")"))),
              first_id(one_event(event("n", R"(,"messageId":"e")"))));
}

TEST_F(RowIdTest, WorksForAliasesAndProfiles) {
    auto const body = R"({"userId":"u","attributes":{},"timestampUTC":1})";
    EXPECT_EQ(render(Kind::profile, body, "k").ids(), render(Kind::profile, body, "k").ids());
    auto const named = R"({"newUserId":"a","originalUserId":"b","timestampUTC":1,"messageId":"m"})";
    EXPECT_EQ(alias(named).ids(), render(Kind::alias, named, "k").ids());
}

TEST_F(RowIdTest, WarnsOfANameThatCannotBeUsed) {
    for (auto const& bad : std::vector<std::string>{"1", "null", R"("")", "{}",
                                                    "\"" + std::string(513, 'x') + "\""}) {
        auto const body = one_event(event("n", R"(,"messageId":)" + bad));
        auto const result = track(body);
        EXPECT_THAT(result.outcome.warnings,
                    ElementsAre("/events/0/messageId is not a string of 1 to 512 bytes: it is "
                                "kept, but not used as the row's id"));
        EXPECT_THAT(result.text, HasSubstr(R"("extra":{"messageId":)" + bad + "}"));
        EXPECT_NE(track(body).ids(), result.ids());
    }
    std::string events = event("n", R"(,"messageId":1)");
    for (int i = 0; i < 100; ++i) events += "," + event("n", R"(,"messageId":1)");
    EXPECT_EQ(track(one_event(events)).outcome.warnings.size(), kMaxProblems);
}

}  // namespace
}  // namespace inlet::event
