#include "base/json_text.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <limits>

namespace inlet {
namespace {

std::string as_json(std::string_view text) {
    std::string out;
    append_json_string(out, text);
    return out;
}

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

TEST(JsonString, EscapesWhatJsonAndTerminalsCannotBear) {
    EXPECT_EQ(as_json(""), R"("")");
    EXPECT_EQ(as_json("plain ~ text/"), R"("plain ~ text/")");
    EXPECT_EQ(as_json("\"\\\n\r\t"), R"("\"\\\n\r\t")");
    EXPECT_EQ(as_json(std::string_view("\0\x01\x1F\x7F\x1b[31m", 9)),
              R"("\u0000\u0001\u001f\u007f\u001b[31m")");
}

TEST(JsonString, EscapesWhatViewersOfUnicodeObey) {
    EXPECT_EQ(as_json("a\xC2\x80\xC2\x85\xC2\x9B\xC2\x9F"), R"("a\u0080\u0085\u009b\u009f")");
    EXPECT_EQ(as_json("\xE2\x80\xA8\xE2\x80\xA9\xE2\x80\xAE"), R"("\u2028\u2029\u202e")");
    EXPECT_EQ(as_json("\xE2\x81\xA6\xE2\x81\xA9"), R"("\u2066\u2069")");
    for (auto const* beside :
         {"\xC2\xA0", "\xE2\x80\xA7", "\xE2\x80\xAF", "\xE2\x81\xA5", "\xE2\x81\xAA"})
        EXPECT_EQ(as_json(beside), '"' + std::string(beside) + '"');
}

TEST(JsonString, KeepsValidUtf8AsItIs) {
    for (std::string_view const text :
         {"é", "€", "\xF0\x9F\x98\x80", "\xC2\xA0", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF",
          "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
        EXPECT_EQ(as_json(text), '"' + std::string(text) + '"');
    }
}

TEST(JsonString, ReplacesEveryByteThatIsNoUtf8) {
    struct Case {
        char const* what;
        std::string_view text;
        int replaced;
    };
    for (auto const& [what, text, replaced] :
         {Case{"lone continuation", "\x80", 1}, Case{"overlong slash", "\xC0\xAF", 2},
          Case{"overlong in three", "\xE0\x9F\xBF", 3}, Case{"surrogate", "\xED\xA0\x80", 3},
          Case{"overlong in four", "\xF0\x8F\xBF\xBF", 4},
          Case{"above U+10FFFF", "\xF4\x90\x80\x80", 4},
          Case{"five bytes", "\xF8\x88\x80\x80\x80", 5}, Case{"FE FF", "\xFE\xFF", 2},
          Case{"cut after one", "\xE2", 1}, Case{"cut after two", "\xE2\x82", 2},
          Case{"cut after three", "\xF0\x9F\x98", 3}}) {
        std::string expected = "\"a";
        for (int i = 0; i < replaced; ++i) expected += kReplacement;
        EXPECT_EQ(as_json("a" + std::string(text) + "b"), expected + "b\"") << what;
    }
}

TEST(JsonString, IsOneLineOfValidUtf8WhateverTheBytes) {
    for (int a = 0; a < 256; ++a) {
        for (int b = 0; b < 256; ++b) {
            std::string const text = {static_cast<char>(a), static_cast<char>(b)};
            auto const out = as_json(text);
            ASSERT_GE(out.size(), 4U);
            for (char const c : out) {
                auto const byte = static_cast<unsigned char>(c);
                ASSERT_TRUE(byte >= 0x20 && byte != 0x7F) << a << " " << b;
            }
            // What came out needs no more replacement.
            std::string again;
            append_json_string(again, out);
            ASSERT_EQ(again.find(kReplacement) == std::string::npos,
                      out.find(kReplacement) == std::string::npos);
        }
    }
}

TEST(JsonWriter, PutsCommasWhereTheyBelong) {
    std::string out;
    JsonWriter json(out);
    json.open('{');
    json.member("a", 1);
    json.member("b", std::string_view("x"));
    json.key("list");
    json.open('[');
    json.boolean(true);
    json.null();
    json.open('{');
    json.close('}');
    json.open('[');
    json.close(']');
    json.raw("[1,2]");
    json.close(']');
    json.member("z", false);
    json.close('}');
    EXPECT_EQ(out, R"({"a":1,"b":"x","list":[true,null,{},[],[1,2]],"z":false})");
}

TEST(JsonWriter, WritesNumbersInFull) {
    std::string out;
    JsonWriter json(out);
    json.open('[');
    json.number(std::numeric_limits<std::uint64_t>::max());
    json.number(std::numeric_limits<std::int64_t>::min());
    json.number(0.1);
    json.number(1e300);
    json.number(std::nan(""));
    json.number(std::numeric_limits<double>::infinity());
    json.close(']');
    EXPECT_EQ(out, "[18446744073709551615,-9223372036854775808,0.1,1e+300,null,null]");
}

}  // namespace
}  // namespace inlet
