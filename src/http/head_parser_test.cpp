#include "http/head_parser.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace inlet::http {
namespace {

struct Parsed {
    Refusal refusal;
    Head head;
    std::string text;
};

// The views in the result live as long as it.
std::unique_ptr<Parsed> parse(std::string text) {
    auto parsed = std::make_unique<Parsed>();
    parsed->text = std::move(text);
    parsed->refusal = parse_head(parsed->text, Limits{}, parsed->head);
    return parsed;
}

std::string post(std::string_view headers) {
    return "POST /track HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
}

unsigned status_of(std::string text) {
    return parse(std::move(text))->refusal.status;
}

TEST(HeadParser, GivesViewsOfEverything) {
    auto const parsed = parse(
        "POST /track?a=b?c HTTP/1.1\r\nHost: h:80\r\nX-Y: \t v w \t\r\nContent-Length: 12\r\n\r\n");
    ASSERT_FALSE(parsed->refusal);
    Request const& request = parsed->head.request;
    EXPECT_EQ(request.method, Method::post);
    EXPECT_EQ(request.method_text, "POST");
    EXPECT_EQ(request.target, "/track?a=b?c");
    EXPECT_EQ(request.path, "/track");
    EXPECT_EQ(request.query, "a=b?c");
    EXPECT_EQ(request.header("x-y"), "v w");
    EXPECT_EQ(request.header("absent"), "");
    EXPECT_EQ(request.headers.size(), 3u);
    EXPECT_TRUE(request.has_body_framing);
    EXPECT_EQ(parsed->head.content_length, 12u);
    EXPECT_TRUE(parsed->head.keep_alive);
}

TEST(HeadParser, KnowsTheFormsOfATarget) {
    struct Row {
        std::string_view line;
        std::string_view path;  // empty: refused
        std::string_view query = {};
    };
    std::vector<Row> const rows = {
        {"GET / HTTP/1.1", "/"},
        {"GET /? HTTP/1.1", "/"},
        {"GET //x HTTP/1.1", "//x"},
        {"GET http://h HTTP/1.1", "/"},
        {"GET HTTP://h:1/p?q HTTP/1.1", "/p", "q"},
        {"GET https://h?q HTTP/1.1", "/", "q"},
        {"OPTIONS * HTTP/1.1", "*"},
        {"GET * HTTP/1.1", ""},
        {"GET x HTTP/1.1", ""},
        {"GET ?q HTTP/1.1", ""},
        {"GET http:/// HTTP/1.1", ""},
        {"GET http://a@b/ HTTP/1.1", ""},
        {"GET ftp://h/ HTTP/1.1", ""},
        {"GET /a#b HTTP/1.1", ""},
        {"GET /\xe9 HTTP/1.1", ""},
        {"GET /a?\xc3\xa9 HTTP/1.1", ""},
        {"CONNECT h:443 HTTP/1.1", ""},
    };
    for (Row const& row : rows) {
        auto const parsed = parse(std::string(row.line) + "\r\nHost: a\r\n\r\n");
        EXPECT_EQ(parsed->refusal.status, row.path.empty() ? 400u : 0u) << row.line;
        if (row.path.empty()) continue;
        EXPECT_EQ(parsed->head.request.path, row.path) << row.line;
        EXPECT_EQ(parsed->head.request.query, row.query) << row.line;
    }
}

TEST(HeadParser, RefusesAmbiguousFraming) {
    std::vector<std::string_view> const hostile = {
        "Content-Length: 1\r\nContent-Length: 1\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n",
        "Content-Length: 1, 1\r\n",
        "Content-Length: 1,\r\n",
        "Content-Length: +1\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 0x1\r\n",
        "Content-Length: 1 1\r\n",
        "Content-Length: 1.0\r\n",
        "Content-Length:\r\n",
        "Content-Length: \"1\"\r\n",
        "Content-Length: 99999999999999999999\r\n",
        "Content-Length: 18446744073709551617\r\n",
        "Content-Length : 1\r\n",
        "Content-Length\t: 1\r\n",
        "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: chunked, chunked\r\n",
        "Transfer-Encoding: gzip, chunked\r\n",
        "Transfer-Encoding: chunked, gzip\r\n",
        "Transfer-Encoding: identity\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked;q=1\r\n",
        "Transfer-Encoding: \"chunked\"\r\n",
        "Transfer-Encoding: \x0b"
        "chunked\r\n",
        "Transfer-Encoding:\r\n",
        "Transfer-Encoding : chunked\r\n",
        " Transfer-Encoding: chunked\r\n",
    };
    for (auto const headers : hostile) EXPECT_EQ(status_of(post(headers)), 400u) << headers;
    EXPECT_EQ(status_of(post("Transfer-Encoding: Chunked\r\n")), 0u);
    EXPECT_EQ(status_of(post("content-length: 007\r\n")), 0u);
}

TEST(HeadParser, RefusesMalformedHeads) {
    std::vector<std::string> const hostile = {
        "GET / HTTP/1.1\r\n\r\n",                        // no Host
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",  // two
        "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",  //
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",           //
        "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",           //
        "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",           //
        "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n",          //
        "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n",        // no colon
        "GET / HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n",      // no name
        "GET / HTTP/1.1\r\nHost: a\r\nX y: z\r\n\r\n",   //
        "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n",  // control character
        "GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n",  //
        std::string("GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n", 34),
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",  // bare CR
        "GET / HTTP/1.1\rHost: a\r\n\r\n",               //
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",            //
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",            //
        "GET /  HTTP/1.1\r\nHost: a\r\n\r\n",            //
        "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n",            //
        "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n",         //
        "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",             //
        "GET /\r\nHost: a\r\n\r\n",                      // HTTP/0.9
        "GET / http/1.1\r\nHost: a\r\n\r\n",             //
        "GET / HTTP/1\r\nHost: a\r\n\r\n",               //
        "GET / HTTP/1.10\r\nHost: a\r\n\r\n",            //
        "GET / HTTPS/1.1\r\nHost: a\r\n\r\n",            //
        "PRI * HTTP/2.0\r\n\r\n",                        // HTTP/2 with prior knowledge
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        post("Content-Length: 1\r\nContent-Type: a/b\r\nContent-Type: a/b\r\n"),
        post("Content-Length: 1\r\nContent-Encoding: gzip\r\nContent-Encoding: gzip\r\n"),
        post("Content-Length: 1\r\nAuthorization: Bearer a\r\nauthorization: Bearer b\r\n"),
        post("Content-Length: 1\r\nX-Write-Key: a\r\nx-write-key: a\r\n"),
    };
    for (auto const& text : hostile) EXPECT_EQ(status_of(text), 400u) << text;
}

TEST(HeadParser, NamesOtherRefusals) {
    EXPECT_EQ(status_of("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505u);
    EXPECT_EQ(status_of("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), 505u);
    EXPECT_EQ(status_of("GET / HTTP/0.9\r\nHost: a\r\n\r\n"), 505u);
    EXPECT_EQ(status_of(post("")), 411u);
    EXPECT_EQ(status_of(post("Content-Length: 1048577\r\n")), 413u);
    EXPECT_EQ(status_of(post("Content-Length: 999999999999999999\r\n")), 413u);
    EXPECT_EQ(status_of(post("Content-Length: 1\r\nExpect: tea\r\n")), 417u);
    EXPECT_EQ(status_of("GET /" + std::string(8192, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n"), 414u);
    std::string many;
    for (int i = 0; i < 100; ++i) many += "X: y\r\n";
    EXPECT_EQ(status_of("GET / HTTP/1.1\r\nHost: a\r\n" + many + "\r\n"), 431u);
}

TEST(HeadParser, DecidesWhetherTheConnectionStays) {
    auto const keeps = [](std::string_view version, std::string_view headers) {
        auto const parsed = parse("GET / HTTP/" + std::string(version) + "\r\nHost: a\r\n" +
                                  std::string(headers) + "\r\n");
        EXPECT_FALSE(parsed->refusal);
        return parsed->head.keep_alive;
    };
    EXPECT_TRUE(keeps("1.1", ""));
    EXPECT_FALSE(keeps("1.1", "Connection: close\r\n"));
    EXPECT_FALSE(keeps("1.1", "Connection: x, Close\r\n"));
    EXPECT_FALSE(keeps("1.0", ""));
    EXPECT_TRUE(keeps("1.0", "Connection: Keep-Alive\r\n"));
}

TEST(HeadParser, FindsTheHeadersThatEveryRequestIsAskedFor) {
    auto const parsed = parse(post(
        "Content-Length: 1\r\nx-write-KEY: k\r\nAUTHORIZATION: Bearer t\r\nOrigin: http://a\r\n"
        "X-Write-Kex: n\r\nX-FORWARDED-for: ::1\r\n"));
    EXPECT_EQ(parsed->head.request.write_key, "k");
    EXPECT_EQ(parsed->head.request.authorization, "Bearer t");
    EXPECT_EQ(parsed->head.request.origin, "http://a");
    EXPECT_TRUE(parsed->head.forwarded);
    auto const none = parse(post("Content-Length: 1\r\nForwarded: for=\"[::1]\"\r\n"));
    EXPECT_EQ(none->head.request.write_key, "");
    EXPECT_EQ(none->head.request.authorization, "");
    EXPECT_FALSE(none->head.forwarded);
}

TEST(HeadParser, IgnoresExpectFromHttp10) {
    auto const text = "POST / HTTP/1.0\r\nContent-Length: 1\r\nExpect: 100-continue\r\n\r\n";
    EXPECT_FALSE(parse(text)->head.expects_continue);
    EXPECT_TRUE(
        parse(post("Content-Length: 1\r\nExpect: 100-Continue\r\n"))->head.expects_continue);
}

}  // namespace
}  // namespace inlet::http
