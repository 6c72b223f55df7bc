#include "event/row.hpp"

#include "event/row_reader.hpp"
#include "support/render_fixture.hpp"

namespace inlet::event {
namespace {

constexpr Stamp kStamp{1'795'345'442'123, "k3v9x2mq4tz7p", 1234};

class RowTest : public RenderTest {
  protected:
    // A line as it is delivered, without its line feed.
    std::string delivered(Kind kind, std::string_view body, Stamp const& stamp = kStamp) {
        std::string out;
        Stamper().append(out, kind, render(kind, body).text, stamp);
        EXPECT_EQ(out.back(), '\n');
        out.pop_back();
        return out;
    }
    std::optional<RowFields> read(std::string_view line) {
        line_ = std::make_unique<PaddedBody>(line);
        return reader_.read(*line_);
    }

    RowReader reader_;
    std::unique_ptr<PaddedBody> line_;
};

TEST_F(RowTest, GetsItsStampBehindTheId) {
    auto line = delivered(Kind::track, with_value("1"));
    line.replace(line.find(R"("id":")") + 6, 36, "*");
    EXPECT_EQ(
        line,
        R"({"type":"track","id":"*","receivedAt":"2026-11-22T11:04:02.123Z","node":"k3v9x2mq4tz7p","seq":1234,)"
        R"("userId":"u","eventName":"n","metadata":{"v":1},"timestampUTC":1})");
}

TEST_F(RowTest, GrowsByAtMostTheStampsBound) {
    auto const stored =
        render(Kind::profile, R"({"userId":"u","attributes":{},"timestampUTC":1})").text;
    std::string out;
    Stamper().append(out, Kind::profile, stored,
                     {kStamp.received_at_ms, kStamp.node, ~std::uint64_t{0}});
    EXPECT_LE(out.size(), stored.size() + kMaxStampBytes);
}

TEST_F(RowTest, IsReadBack) {
    for (auto const& [kind, body] :
         {std::pair{Kind::track, with_value(R"({"a":[1,"\ud800"]})")},
          {Kind::alias,
           R"({"newUserId":"a","originalUserId":"b","timestampUTC":1,"seq":9,"type":"x"})"},
          {Kind::profile, R"({"userId":"u","attributes":{"id":1},"timestampUTC":1})"}}) {
        auto const line = delivered(kind, body);
        auto const fields = read(line);
        ASSERT_TRUE(fields) << line;
        EXPECT_EQ(fields->kind, kind);
        EXPECT_EQ(fields->id.size(), 36U);
        EXPECT_EQ(fields->received_at, "2026-11-22T11:04:02.123Z");
        EXPECT_EQ(fields->node, kStamp.node);
        EXPECT_EQ(fields->seq, kStamp.seq);
    }
    auto const last =
        read(delivered(Kind::track, with_value("1"), {0, kStamp.node, ~std::uint64_t{0}}));
    ASSERT_TRUE(last);
    EXPECT_EQ(last->seq, ~std::uint64_t{0});
}

TEST_F(RowTest, SaysBehindTheValuesWhoSentIt) {
    Context context{1'732'273'445'123, "key", "web", "203.0.113.0"};
    auto const body = R"({"userId":"u","attributes":{"a":1},"timestampUTC":1,"x":2})";
    auto const stored = [&] {
        PaddedBody const padded(body);
        std::string rows;
        EXPECT_EQ(renderer_->render(Kind::profile, padded, context, rows).rows, 1U);
        return rows;
    };
    auto const tail = [](std::string const& row) {
        return row.substr(row.find(R"("attributes")"));
    };
    auto const both = stored();
    EXPECT_EQ(tail(both), R"("attributes":{"a":1},"timestampUTC":1,"source":"web",)"
                          R"("clientAddress":"203.0.113.0","extra":{"x":2}})"
                          "\n");
    context.client_address = {};
    auto const source = stored();
    EXPECT_EQ(tail(source),
              R"("attributes":{"a":1},"timestampUTC":1,"source":"web","extra":{"x":2}})"
              "\n");
    context.source = {};
    auto const neither = stored();
    EXPECT_EQ(tail(neither), R"("attributes":{"a":1},"timestampUTC":1,"extra":{"x":2}})"
                             "\n");
    EXPECT_EQ(both.substr(0, 70), neither.substr(0, 70)) << "they are no part of the id";
}

TEST_F(RowTest, LetsNoClientSayWhoSentIt) {
    Context const context{1'732'273'445'123, {}, "web", "203.0.113.0"};
    PaddedBody const body(
        R"({"source":"forged","clientAddress":"1","userId":"u","events":[{"eventName":"n",)"
        R"("metadata":{},"timestampUTC":1,"source":"also","\u0073ource":3}]})");
    std::string rows;
    renderer_->render(Kind::track, body, context, rows);
    EXPECT_EQ(rows.substr(rows.find(R"(,"source")")),
              R"(,"source":"web","clientAddress":"203.0.113.0",)"
              R"("extra":{"source":"also","\u0073ource":3,"clientAddress":"1"}})"
              "\n");
    std::string line;
    Stamper().append(line, Kind::track, rows, kStamp);
    line.pop_back();
    EXPECT_TRUE(read(line));
}

TEST_F(RowTest, CountsWhoSentItInItsSize) {
    Limits small;
    PaddedBody const body(R"({"userId":"u","attributes":{},"timestampUTC":1})");
    Context const context{1'732'273'445'123, {}, "web", "203.0.113.0"};
    std::string rows;
    renderer_->render(Kind::profile, body, context, rows);
    small.max_row_bytes = rows.size() + kMaxStampBytes;
    limits(small);
    EXPECT_EQ(renderer_->render(Kind::profile, body, context, rows).verdict, Verdict::accepted);
    --small.max_row_bytes;
    limits(small);
    EXPECT_EQ(renderer_->render(Kind::profile, body, context, rows).verdict, Verdict::too_large);
}

TEST_F(RowTest, ReadsTheDeepestRow) {
    auto const body = R"({"userId":"u","attributes":{},"timestampUTC":1,"x":)" +
                      std::string(63, '[') + std::string(63, ']') + "}";
    EXPECT_TRUE(read(delivered(Kind::profile, body)));
}

TEST_F(RowTest, IsNotReadWhenTorn) {
    auto const line = delivered(Kind::track, with_value(R"([1,{"a":"b"}])"));
    for (std::size_t size = 0; size < line.size(); ++size) {
        EXPECT_FALSE(read(line.substr(0, size))) << size;
        EXPECT_FALSE(read(line.substr(line.size() - size))) << size;
    }
    EXPECT_FALSE(read(line + line));
}

TEST_F(RowTest, IsNotReadWhenForeign) {
    auto const line = delivered(Kind::track, with_value("1"));
    auto const id = line.substr(22, 36);
    auto const changed = [&](std::string_view from, std::string_view to) {
        auto copy = line;
        auto const at = copy.find(from);
        EXPECT_NE(at, std::string::npos) << from;
        return copy.replace(at, from.size(), to);
    };
    EXPECT_TRUE(read(changed("1234", "0")));
    for (auto const& foreign :
         {changed("track", "tracks"),
          changed("\"type\"", "\"kind\""),
          changed(id, id.substr(1)),
          changed(id.substr(8, 1), "_"),
          changed(R"("seq":1234)", R"("seq":"1234")"),
          changed("1234", "01"),
          changed("1234", "-1"),
          changed("1234", "1.0"),
          changed("1234", "18446744073709551616"),
          changed("k3v9", "K3v9"),
          changed("k3v9", "k3v_"),
          changed("k3v9", "k3v"),
          changed("T11", " 11"),
          changed("22T", "2T"),
          changed(R"("node":"k3v9x2mq4tz7p","seq":1234)", R"("seq":1234,"node":"k3v9x2mq4tz7p")"),
          changed(R"("userId")", R"("seq")"),
          changed(R"("receivedAt":"2026-11-22T11:04:02.123Z",)", ""),
          changed(R"("v":1)", R"("v":01)"),
          changed(R"("v":1)", R"("v":"\x")"),
          std::string("{}"),
          std::string("[]"),
          "[" + line + "]",
          std::string(R"({"type":"track","id":")" + id + "\"}")}) {
        EXPECT_FALSE(read(foreign)) << foreign;
    }
}

}  // namespace
}  // namespace inlet::event
