// What holds for every body, however it is made: random documents, every cut of a body, and memory.
#include <algorithm>
#include <cstdlib>
#include <random>

#include "event/diagnosis.hpp"
#include "event/row_reader.hpp"
#include "support/allocation_counter.hpp"
#include "support/render_fixture.hpp"

namespace inlet::event {
namespace {

class RandomJson {
  public:
    explicit RandomJson(unsigned seed) : random_(seed) {}

    // A value, with white space around every token if `spaced`; both texts have the same tokens.
    struct Text {
        std::string spaced;
        std::string compact;
    };
    Text value(int depth = 0) {
        begin();
        put_value(depth);
        return std::exchange(text_, {});
    }
    std::size_t below(std::size_t n) { return random_() % n; }

  private:
    void begin() { text_ = {}; }
    void put(std::string const& token) {
        static constexpr std::array<std::string_view, 6> kSpaces = {"",   "",     " ",
                                                                    "\n", "\t\r", "    "};
        text_.spaced += kSpaces[below(kSpaces.size())];
        text_.spaced += token;
        text_.spaced += kSpaces[below(kSpaces.size())];
        text_.compact += token;
    }
    void put_value(int depth) {
        switch (below(depth < 6 ? 8 : 6)) {
            case 0:
                return put("true");
            case 1:
                return put("null");
            case 2:
                return put_number();
            case 3:
                return put("false");
            case 4:
            case 5:
                return put_string();
            case 6:
                return put_list(depth, "{", "}", true);
            default:
                return put_list(depth, "[", "]", false);
        }
    }
    void put_list(int depth, char const* open, char const* close, bool names) {
        put(open);
        for (auto n = below(5); n > 0; --n) {
            if (names) {
                put_string();
                put(":");
            }
            put_value(depth + 1);
            if (n > 1) put(",");
        }
        put(close);
    }
    void put_number() {
        static constexpr std::array<char const*, 8> kNumbers = {
            "0", "-0", "1e400", "0.10", "-12.5E-3", "7", "123456789012345678901", "1E+1"};
        put(kNumbers[below(kNumbers.size())]);
    }
    void put_string() {
        static constexpr std::array<char const*, 14> kPieces = {
            "a",       "b c",
            "\\\"",    "\\\\",
            "\\n",     "\\u00e9",
            "\\ud800", "é",
            "😀",       "{",
            "]",       ":,",
            "   ",     "long text that is more than a vector wide, to be sure of it"};
        std::string token = "\"";
        for (auto n = below(5); n > 0; --n) token += kPieces[below(kPieces.size())];
        put(token + "\"");
    }

    std::mt19937 random_;
    Text text_;
};

unsigned seed() {
    char const* given = std::getenv("SEED");
    return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10))
                            : std::random_device{}();
}

class PropertyTest : public RenderTest {};

TEST_F(PropertyTest, OutputIsInputWithoutTheWhiteSpace) {
    auto const start = seed();
    RandomJson json(start);
    for (int i = 0; i < 3000; ++i) {
        auto const value = json.value();
        auto const extra = json.value();
        auto const body =
            one_event(R"({"eventName":"n","x" : )" + extra.spaced + R"(,"metadata":{"v":)" +
                      value.spaced + R"(},"timestampUTC":1})");
        auto row = row_with_value(value.compact);
        row.replace(row.size() - 1, 1, R"(,"extra":{"x":)" + extra.compact + "}}");
        auto const result = track(body);
        ASSERT_EQ(result.outcome.verdict, Verdict::accepted) << "SEED=" << start << ' ' << body;
        ASSERT_EQ(result.rows(), std::vector{row}) << "SEED=" << start;
        ASSERT_EQ(diagnose(Kind::track, body, Limits{}).verdict, Verdict::accepted);
    }
}

// One byte of a body is lost, doubled or changed: either both readers accept it, and what comes out
// is JSON, or it is refused with a reason.
TEST_F(PropertyTest, DamagedBodiesAreReadAlikeByBothReaders) {
    auto const start = seed();
    RandomJson json(start);
    RowReader reader;
    for (int i = 0; i < 20'000; ++i) {
        auto body = with_value(json.value(4).spaced);
        auto const at = json.below(body.size());
        static constexpr std::string_view kBytes = "{}[]:,\"\\0e-. \n\tu\x01\x80\xC3t";
        auto const byte = kBytes[json.below(kBytes.size())];
        switch (json.below(3)) {
            case 0:
                body.erase(at, 1);
                break;
            case 1:
                body.insert(at, 1, byte);
                break;
            default:
                body[at] = byte;
        }
        auto const result = track(body);
        auto const& problems = result.outcome.problems;
        ASSERT_EQ(result.outcome.verdict, diagnose(Kind::track, body, Limits{}).verdict)
            << "SEED=" << start << ' ' << body;
        ASSERT_EQ(problems.empty(), result.outcome.verdict == Verdict::accepted);
        if (!problems.empty()) {
            ASSERT_NE(problems[0].detail, "does not follow the contract")
                << "SEED=" << start << ' ' << body;
            ASSERT_EQ(problems[0].detail.find("cannot be read"), std::string::npos)
                << "SEED=" << start << ' ' << body;
        }
        if (result.text.empty()) continue;
        std::string line;
        Stamper().append(line, Kind::track, result.text, {0, "aaaaaaaaaaaaa", 1});
        ASSERT_TRUE(reader.read(PaddedBody(line.substr(0, line.size() - 1))))
            << "SEED=" << start << ' ' << line;
    }
}

TEST_F(PropertyTest, EveryCutOfABodyIsMalformed) {
    std::string const body =
        R"({"userId":"u\n","events":[{"eventName":"é","metadata":{"a":[1,-2.5e3,true,null,{}],"b":{"c":"\u00e9"}},)"
        R"("timestampUTC":1,"x":[[]]},{"eventName":"n","metadata":{},"timestampUTC":2}],"y":{"z":"w"}})";
    ASSERT_EQ(track(body).outcome.verdict, Verdict::accepted);
    for (std::string_view const filler : {"}", "]", "\"", "0", "]}", "\"}", ",", " ", "\\", "1}"}) {
        for (std::size_t size = 0; size < body.size(); ++size) {
            PaddedBody const cut(body.substr(0, size), filler);
            std::string rows;
            auto const outcome = renderer_->render(Kind::track, cut, {0, {}}, rows);
            ASSERT_EQ(outcome.verdict, Verdict::malformed) << size << filler;
            ASSERT_EQ(outcome.problems.size(), 1U);
        }
    }
}

TEST_F(PropertyTest, SteadyStateAllocatesNothing) {
    std::string const event =
        R"({"eventName":"page_view","metadata":{"url":"https://example.org/","n":1},"timestampUTC":1732273445123})";
    std::string ten = event;
    for (int i = 1; i < 10; ++i) ten += "," + event;
    for (auto const& [kind, text] :
         {std::pair{Kind::track, one_event(event)},
          {Kind::track, one_event(ten)},
          {Kind::track, R"({"userId":"\u0075","app":"x","v" : [ 1 ],"events":[{"x":1,"app":2,)" +
                            event.substr(1) + "]}"},
          {Kind::profile, R"({"userId":"u","attributes":{"a":1,"b":"\n"},"timestampUTC":1})"},
          {Kind::alias, R"({"newUserId":"a","originalUserId":"\u0062","timestampUTC":1})"}}) {
        PaddedBody const body(text);
        std::string rows;
        auto const run = [&] {
            rows.clear();
            return renderer_
                ->render(kind, body, {1'732'273'445'123, {}, "web", "203.0.113.0"}, rows)
                .verdict;
        };
        ASSERT_EQ(run(), Verdict::accepted) << text;
        testing_support::AllocationCounter const counter;
        for (int i = 0; i < 100; ++i) run();
        EXPECT_EQ(counter.count(), 0U) << text;
    }
}

}  // namespace
}  // namespace inlet::event
