#include "event/event.hpp"

#include "support/render_fixture.hpp"

namespace inlet::event {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(RenderTest, MakesOneRowPerEventInOrder) {
    expect_rows(
        Kind::track,
        R"({"userId":"Dylan","events":[
                    {"eventName":"Lisbon","metadata":{},"timestampUTC":111},
                    {"timestampUTC":222,"metadata":{"a":[1, 2]},"eventName":"London"}]})",
        {R"({"type":"track","id":"*","userId":"Dylan","eventName":"Lisbon","metadata":{},"timestampUTC":111})",
         R"({"type":"track","id":"*","userId":"Dylan","eventName":"London","metadata":{"a":[1,2]},"timestampUTC":222})"});
}

TEST_F(RenderTest, TakesMembersInAnyOrder) {
    expect_rows(
        Kind::track,
        R"({"events":[{"metadata":{},"timestampUTC":1,"eventName":"n"}],"userId":"u"})",
        {R"({"type":"track","id":"*","userId":"u","eventName":"n","metadata":{},"timestampUTC":1})"});
}

TEST_F(RenderTest, MakesOneRowOfAnAliasOrProfile) {
    expect_rows(
        Kind::alias, R"({"newUserId":"Bob","originalUserId":"Dylan","timestampUTC":0})",
        {R"({"type":"alias","id":"*","newUserId":"Bob","originalUserId":"Dylan","timestampUTC":0})"});
    expect_rows(
        Kind::profile, R"({"userId":"Europe","attributes":{},"timestampUTC":123})",
        {R"({"type":"profile","id":"*","userId":"Europe","attributes":{},"timestampUTC":123})"});
}

TEST_F(RenderTest, AcceptsNoEvents) {
    auto const result = track(R"({"userId":"u","events":[]})");
    EXPECT_EQ(result.outcome.verdict, Verdict::accepted);
    EXPECT_EQ(result.outcome.rows, 0U);
    EXPECT_EQ(result.text, "");
}

TEST_F(RenderTest, AppendsBehindWhatIsThereAndNothingWhenRefusing) {
    PaddedBody const good(with_value("1"));
    PaddedBody const bad(std::string_view(R"({"userId":1})"));
    std::string rows = "before\n";
    EXPECT_EQ(renderer_->render(Kind::track, bad, {0, {}}, rows).verdict, Verdict::violation);
    EXPECT_EQ(rows, "before\n");
    EXPECT_EQ(renderer_->render(Kind::track, good, {0, {}}, rows).verdict, Verdict::accepted);
    EXPECT_TRUE(rows.starts_with("before\n{\"type\":\"track\""));
}

TEST_F(RenderTest, KeepsTheTextOfEveryToken) {
    for (std::string_view const value :
         {"1e400", "0.10", "-0", "-0.0e-00", "123456789012345678901234567890", "1E+2", "true",
          "null", R"("\u00e9\ud83d\ude00\ud800\/\b")", R"("é😀")", R"("")", R"("a b  c")",
          R"("{[,:]}")", R"([[],{}])", R"({"a":1,"a":2})"}) {
        expect_rows(Kind::track, with_value(value), {row_with_value(value)});
    }
}

TEST_F(RenderTest, DropsWhiteSpaceBetweenTokensOnly) {
    expect_rows(Kind::track, with_value("\r\n\t[ 1 ,\t\"a  b\" , { \"k\" : [ ] } ,-1 ] \n "),
                {row_with_value(R"([1,"a  b",{"k":[]},-1])")});
    expect_rows(
        Kind::profile,
        " { \"userId\" : \"u v\" , \"attributes\" : { } , \"timestampUTC\" : 5 , \"x\" : [ 1 , 2 ] "
        "} \n",
        {R"({"type":"profile","id":"*","userId":"u v","attributes":{},"timestampUTC":5,"extra":{"x":[1,2]}})"});
}

TEST_F(RenderTest, KnowsMembersByTheirDecodedName) {
    expect_rows(
        Kind::track,
        R"({"user\u0049d":"u","\u0065vents":[{"eventN\u0061me":"n","metadata":{},"timestampUTC":1}]})",
        {R"({"type":"track","id":"*","userId":"u","eventName":"n","metadata":{},"timestampUTC":1})"});
    expect_violations(Kind::profile,
                      R"({"userId":"u","user\u0049d":"v","attributes":{},"timestampUTC":1})",
                      {"/userId: appears more than once"});
}

TEST_F(RenderTest, MeasuresIdsDecoded) {
    auto const body = [](std::string const& id) {
        return R"({"userId":")" + id + R"(","attributes":{},"timestampUTC":1})";
    };
    auto const repeat = [](std::string_view piece, int n) {
        std::string all;
        for (int i = 0; i < n; ++i) all += piece;
        return all;
    };
    for (auto const& [piece, n] : {std::pair{"x", 512},
                                   {"\\n", 512},
                                   {"\\u0041", 512},
                                   {"é", 256},
                                   {"\\u00e9", 256},
                                   {"\\ud83d\\ude00", 128},
                                   {"😀", 128}}) {
        EXPECT_EQ(profile(body(repeat(piece, n))).outcome.verdict, Verdict::accepted) << piece;
        expect_violations(Kind::profile, body(repeat(piece, n) + "y"),
                          {"/userId: must be a string of 1 to 512 bytes, not 513"});
    }
    // Half a surrogate pair counts as three bytes: 170 * 3 + 2 = 512.
    EXPECT_EQ(profile(body(repeat("\\ud800", 170) + "xy")).outcome.verdict, Verdict::accepted);
    expect_violations(Kind::profile, body(repeat("\\udfff", 171)),
                      {"/userId: must be a string of 1 to 512 bytes, not 513"});
}

TEST_F(RenderTest, AllowsSixtyFourLevels) {
    auto const nested = [](std::size_t levels) {
        return with_value(std::string(levels, '[') + std::string(levels, ']'));
    };
    // The body, events, the event and metadata are four levels.
    EXPECT_EQ(track(nested(60)).outcome.verdict, Verdict::accepted);
    expect_malformed(nested(61),
                     "not JSON: too many objects and arrays inside each other at byte 117");
    expect_malformed(with_value(std::string(100'000, '[')),
                     "not JSON: too many objects and arrays inside each other at byte 117");
    auto const extra = R"({"userId":"u","attributes":{},"timestampUTC":1,"x":)";
    EXPECT_EQ(profile(extra + std::string(63, '[') + std::string(63, ']') + "}").outcome.verdict,
              Verdict::accepted);
    EXPECT_EQ(profile(extra + std::string(64, '[') + std::string(64, ']') + "}").outcome.verdict,
              Verdict::malformed);
}

TEST_F(RenderTest, ChecksNumbers) {
    for (std::string_view const good :
         {"0", "-0", "1", "10", "0.0", "1.5e3", "1e5", "1E-5", "-1.0e+05"}) {
        expect_rows(Kind::track, with_value(good), {row_with_value(good)});
    }
    for (std::string_view const bad :
         {"00", "01", "-", "-01", "1.", "1.e1", "0e", "1e+", "0x1", "1_0", "1-", "--1", "1.2.3",
          "-a", "1\xC2\xA0", "1\"x\"", "1e1.0"}) {
        expect_malformed(with_value(bad), "not JSON: this is no number of JSON at byte 57");
    }
    for (std::string_view const bad :
         {"+1", ".5", "Infinity", "NaN", "tru", "True", "nulll", "falsey", "'a'", "\x01", "\x0c",
          "\x1a", "\x7f", "/*x*/1", ",", "]", "}", ":"}) {
        expect_malformed(with_value(bad), "not JSON: a value was expected at byte 57");
    }
}

TEST_F(RenderTest, ChecksEscapes) {
    for (std::string_view const good :
         {R"("\"\\\/\b\f\n\r\t")", R"("\u0000\uABCD\uabcd")", R"("\\u12")", R"("\\\\")",
          R"("\ud800")", R"("\udc00\ud800")"}) {
        expect_rows(Kind::track, with_value(good), {row_with_value(good)});
    }
    for (std::string_view const bad :
         {R"("\a")", R"("\u12")", R"("\u123g")", R"("\U0041")", R"("\'")", R"("\0")", R"("\x41")",
          "\"\\\n\"", "\"\\\xC3\xA9\""}) {
        auto const result = track(with_value(bad));
        EXPECT_EQ(result.outcome.verdict, Verdict::malformed) << bad;
        EXPECT_EQ(result.outcome.problems.size(), 1U) << bad;
    }
    expect_malformed(with_value(R"("x\q")"), "not JSON: this is no escape of JSON at byte 59");
    // In a member name, and outside of any string.
    expect_malformed(R"({"a\q":1})", "not JSON: this is no escape of JSON at byte 3");
    expect_malformed(R"({\"a":1})", "not JSON: a string is not closed at byte 4");
    expect_malformed(R"({"a":1\n})", "not JSON: this is no number of JSON at byte 5");
}

TEST_F(RenderTest, RefusesWhatIsNotUtf8) {
    for (std::string_view const bad :
         {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x9F\xBF", "\xE2\x82",
          "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF0\x9F\x98", "\xF4\x90\x80\x80",
          "\xF5\x80\x80\x80", "\xFE", "\xFF"}) {
        auto const text = "\"" + std::string(bad) + "\"";
        expect_malformed(with_value(text), "not JSON: this is not UTF-8 at byte 58");
    }
    for (std::string_view const good : {"\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                                        "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", "\xEF\xBF\xBF"}) {
        EXPECT_EQ(track(with_value("\"" + std::string(good) + "\"")).outcome.verdict,
                  Verdict::accepted);
    }
}

TEST_F(RenderTest, SaysWhereTheJsonBreaks) {
    expect_malformed("", "not JSON: the body is empty");
    expect_malformed(" \n", "not JSON: the body is empty at byte 0");
    expect_malformed("\xEF\xBB\xBF{}",
                     "not JSON: it must not begin with a byte order mark at byte 0");
    expect_malformed(
        "{", "not JSON: a member name in quotes was expected at byte 1, where the body ends");
    expect_malformed("}", "not JSON: a value was expected at byte 0");
    expect_malformed("{}}", "not JSON: only white space may follow the end at byte 2");
    expect_malformed("{} {}", "not JSON: only white space may follow the end at byte 3");
    expect_malformed(R"({"a":1}x)", "not JSON: only white space may follow the end at byte 7");
    expect_malformed(R"({"a" 1})", "not JSON: a ':' was expected at byte 5");
    expect_malformed(R"({"a":})", "not JSON: a value was expected at byte 5");
    expect_malformed(R"({"a":1,})", "not JSON: a member name in quotes was expected at byte 7");
    expect_malformed(R"({,})", "not JSON: a member name in quotes was expected at byte 1");
    expect_malformed(R"({a:1})", "not JSON: a member name in quotes was expected at byte 1");
    expect_malformed(R"({"a":1 "b":2})", "not JSON: a comma or '}' was expected at byte 7");
    expect_malformed(R"({"a":1])", "not JSON: a comma or '}' was expected at byte 6");
    expect_malformed(R"({"a":[1}})", "not JSON: a comma or ']' was expected at byte 7");
    expect_malformed(R"({"a":[1,]})", "not JSON: a value was expected at byte 8");
    expect_malformed(
        R"({"a":{})",
        "not JSON: a comma or a closing bracket was expected at byte 7, where the body ends");
    expect_malformed(R"({"a":1)",
                     "not JSON: a comma or '}' was expected at byte 6, where the body ends");
    expect_malformed(R"({"a":)", "not JSON: a value was expected at byte 5, where the body ends");
    expect_malformed(R"({"a)", "not JSON: a string is not closed at byte 1");
    expect_malformed("{\"a\nb\":1}",
                     "not JSON: a control character in a string must be escaped at byte 3");
    expect_malformed(R"({"a""b":1})", "not JSON: a ':' was expected at byte 4");
    expect_malformed(R"({"a":"b""c"})", "not JSON: a comma or '}' was expected at byte 8");
    expect_malformed(std::string_view("{\0}", 3),
                     "not JSON: a member name in quotes was expected at byte 1");
}

TEST_F(RenderTest, NamesEveryViolationOfATrack) {
    expect_violations(Kind::track, "{}", {"/userId: is required", "/events: is required"});
    expect_violations(Kind::track, "[1]", {": must be an object, not an array"});
    expect_violations(Kind::track, " 7 ", {": must be an object, not a number"});
    expect_violations(Kind::track, R"({"userId":null,"events":{}})",
                      {"/userId: must be a string of 1 to 512 bytes, not null",
                       "/events: must be an array of events, not an object"});
    expect_violations(
        Kind::track,
        R"({"events":[1,{},"x",{"eventName":"","metadata":[],"timestampUTC":"1"}],"userId":""})",
        {"/events/0: must be an object, not a number", "/events/1/eventName: is required",
         "/events/1/metadata: is required", "/events/1/timestampUTC: is required",
         "/events/2: must be an object, not a string",
         "/events/3/eventName: must be a string of 1 to 512 bytes, not 0",
         "/events/3/metadata: must be an object, not an array",
         "/events/3/timestampUTC: must be an integer of 64 bits, not a string",
         "/userId: must be a string of 1 to 512 bytes, not 0"});
}

TEST_F(RenderTest, NamesEveryViolationOfAnAliasAndProfile) {
    expect_violations(
        Kind::alias, R"({"userId":"u"})",
        {"/newUserId: is required", "/originalUserId: is required", "/timestampUTC: is required"});
    expect_violations(
        Kind::profile, R"({"attributes":true,"timestampUTC":false})",
        {"/attributes: must be an object, not a boolean",
         "/timestampUTC: must be an integer of 64 bits, not a boolean", "/userId: is required"});
}

TEST_F(RenderTest, RefusesKnownMembersThatAppearTwice) {
    expect_violations(
        Kind::track,
        R"({"userId":"u","userId":"u","events":[],"events":[],"userId":"u","messageId":1,"messageId":1})",
        {"/userId: appears more than once", "/events: appears more than once",
         "/messageId: appears more than once"});
    expect_violations(
        Kind::track,
        one_event(
            R"({"eventName":"n","metadata":{},"timestampUTC":1,"eventName":"n","metadata":{},"timestampUTC":1,"messageId":"a","messageId":"b"})"),
        {"/events/0/eventName: appears more than once",
         "/events/0/metadata: appears more than once",
         "/events/0/timestampUTC: appears more than once",
         "/events/0/messageId: appears more than once"});
    expect_violations(
        Kind::alias,
        R"({"newUserId":"a","originalUserId":"b","timestampUTC":1,"newUserId":"a","originalUserId":"b","timestampUTC":1})",
        {"/newUserId: appears more than once", "/originalUserId: appears more than once",
         "/timestampUTC: appears more than once"});
}

TEST_F(RenderTest, RefusesAttributesThatAppearTwice) {
    expect_violations(
        Kind::profile,
        R"({"userId":"u","attributes":{"a/b~":1,"x":2,"a\/b\u007e":3,"a/b~":4,"y":{"k":1,"k":2}},"timestampUTC":1})",
        {"/attributes/a~1b~0: appears more than once"});
    // Many names: found by sorting.
    std::string many;
    for (int i = 0; i < 1000; ++i) many += "\"k" + std::to_string(i) + "\":0,";
    EXPECT_EQ(profile(R"({"userId":"u","attributes":{)" + many + R"("z":1},"timestampUTC":1})")
                  .outcome.verdict,
              Verdict::accepted);
    expect_violations(
        Kind::profile,
        R"({"userId":"u","attributes":{)" + many + R"("\u006b500":1},"timestampUTC":1})",
        {"/attributes/k500: appears more than once"});
}

TEST_F(RenderTest, RefusesTimesThatAreNo64BitIntegers) {
    auto const body = [](std::string_view time) {
        return R"({"userId":"u","attributes":{},"timestampUTC":)" + std::string(time) + "}";
    };
    for (std::string_view const good : {"0", "-0", "-1", "1732273445123", "999999999999999999",
                                        "9223372036854775807", "-9223372036854775808"}) {
        expect_rows(Kind::profile, body(good),
                    {R"({"type":"profile","id":"*","userId":"u","attributes":{},"timestampUTC":)" +
                     std::string(good) + "}"});
    }
    for (std::string_view const bad :
         {"1.0", "1e3", "9223372036854775808", "-9223372036854775809", "10000000000000000000",
          "1e400", "123456789012345678901234567890"}) {
        expect_violations(
            Kind::profile, body(bad),
            {"/timestampUTC: must be an integer of 64 bits, without fraction or exponent"});
    }
    expect_violations(Kind::profile, body("null"),
                      {"/timestampUTC: must be an integer of 64 bits, not null"});
}

TEST_F(RenderTest, RefusesPlaceholdersInAliases) {
    auto const body = [](std::string_view target, std::string_view original) {
        return R"({"newUserId":")" + std::string(target) + R"(","originalUserId":")" +
               std::string(original) + R"(","timestampUTC":1})";
    };
    auto const detail = [](std::string_view id) {
        return "\"" + std::string(id) +
               "\" is a placeholder, not an id: such an alias would make one user of all who share "
               "it";
    };
    for (std::string_view const id :
         {"null", "UNDEFINED", "None", "nan", "Anonymous", "guest", "unknown", "true", "False", "0",
          "-1", "[object Object]", " ", "  "}) {
        expect_violations(Kind::alias, body("bob", id), {"/originalUserId: " + detail(id)});
        expect_violations(Kind::alias, body(id, "bob"), {"/newUserId: " + detail(id)});
    }
    expect_violations(Kind::alias, body(R"(g\u0075est)", R"(\t)"),
                      {"/newUserId: " + detail("guest"), "/originalUserId: " + detail("\t")});
    for (std::string_view const id : {"guest ", "nulls", "00", "1", "guests"}) {
        EXPECT_EQ(alias(body("bob", id)).outcome.verdict, Verdict::accepted) << id;
    }
    // Elsewhere they are ids like others.
    EXPECT_EQ(profile(R"({"userId":"guest","attributes":{},"timestampUTC":1})").outcome.verdict,
              Verdict::accepted);
    Limits none;
    none.reserved_ids = {};
    limits(none);
    EXPECT_EQ(alias(body("bob", "guest")).outcome.verdict, Verdict::accepted);
    EXPECT_EQ(alias(body("bob", " ")).outcome.verdict, Verdict::violation);
}

TEST_F(RenderTest, WarnsOfAnAliasToItself) {
    auto const result =
        alias(R"({"newUserId":"b\u006fb","originalUserId":"bob","timestampUTC":1})");
    EXPECT_EQ(result.outcome.verdict, Verdict::accepted);
    EXPECT_THAT(
        result.outcome.warnings,
        ElementsAre("newUserId and originalUserId are the same id: the alias has no effect"));
    EXPECT_TRUE(alias(R"({"newUserId":"Bob","originalUserId":"bob","timestampUTC":1})")
                    .outcome.warnings.empty());
}

TEST_F(RenderTest, ReportsTwentyProblemsAtMost) {
    std::string events = "{}";
    for (int i = 0; i < 4000; ++i) events += ",{}";
    auto const result = track(one_event(events));
    EXPECT_EQ(result.outcome.problems.size(), kMaxProblems);
    EXPECT_EQ(result.outcome.problems.back().pointer, "/events/6/metadata");
}

TEST_F(RenderTest, RefusesTooManyEvents) {
    auto const event = std::string(R"({"eventName":"n","metadata":{},"timestampUTC":1})");
    std::string events = event;
    for (int i = 1; i < 5000; ++i) events += "," + event;
    EXPECT_EQ(track(one_event(events)).outcome.rows, 5000U);
    expect_violations(Kind::track, one_event(events + "," + event),
                      {"/events: must hold at most 5000 events, not 5001"});
}

TEST_F(RenderTest, RefusesRowsThatAreTooLarge) {
    Limits small;
    small.max_row_bytes = 500;
    limits(small);
    // What the limit counts is the row as delivered.
    auto const stored = track(with_value("\"\"")).text.size();
    auto const room = 500 - kMaxStampBytes - stored;
    EXPECT_EQ(track(with_value("  \"" + std::string(room, 'x') + "\" ")).outcome.verdict,
              Verdict::accepted);
    auto const result = track(with_value("\"" + std::string(room + 1, 'x') + "\""));
    EXPECT_EQ(result.outcome.verdict, Verdict::too_large);
    EXPECT_THAT(result.problems(),
                ElementsAre("/events/0: its row takes 501 bytes; at most 500 are allowed"));
    EXPECT_EQ(result.text, "");
    EXPECT_THAT(profile(R"({"userId":"u","attributes":{},"timestampUTC":1,"x":")" +
                        std::string(500, 'x') + "\"}")
                    .problems(),
                ElementsAre(HasSubstr(": its row takes ")));
}

TEST_F(RenderTest, RefusesRowsThatAreTooLargeTogether) {
    Limits small;
    small.max_rows_bytes = 4096;
    limits(small);
    std::string events;
    for (int i = 0; i < 100; ++i) events += R"({"eventName":"n","metadata":{},"timestampUTC":1},)";
    events.pop_back();
    auto const result = track(one_event(events));
    EXPECT_EQ(result.outcome.verdict, Verdict::too_large);
    EXPECT_THAT(result.problems(), ElementsAre("/events/33: with this one the rows of the request "
                                               "take 4114 bytes; at most 4096 are allowed"));
}

}  // namespace
}  // namespace inlet::event
