// Requests and replies over a real socket.
#include "http/session.hpp"

#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include "support/http_fixture.hpp"

namespace inlet::http {
namespace {

using test::eventually;
using test::HttpFixture;
using test::RawClient;

std::string post(std::string_view path, std::string_view body, std::string_view headers = {}) {
    return "POST " + std::string(path) +
           " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           std::string(headers) + "\r\n" + std::string(body);
}

std::string get(std::string_view target, std::string_view headers = {}) {
    return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) +
           "\r\n";
}

TEST(Session, AnswersAndKeepsTheConnection) {
    HttpFixture fixture;
    auto client = fixture.connect();
    for (int i = 0; i < 3; ++i) {
        auto const reply =
            client.send(post("/echo", "hello", "Content-Type: text/x\r\n")).read_reply();
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.body, "hello");
        EXPECT_EQ(reply.header("Content-Type"), "text/x");
        EXPECT_EQ(reply.header("Content-Length"), "5");
        EXPECT_EQ(reply.header("X-Content-Type-Options"), "nosniff");
        EXPECT_EQ(reply.header("Date").size(), 29u);
        EXPECT_EQ(reply.header("Connection"), "");
        EXPECT_EQ(reply.header("Strict-Transport-Security"), "");
    }
    EXPECT_EQ(fixture.stats().accepted.get(), 1u);
    EXPECT_TRUE(eventually([&] { return fixture.stats().requests.get() == 3; }));
}

TEST(Session, ReadsPipelinedRequestsSplitAtEveryByte) {
    HttpFixture fixture;
    std::string const both = post("/echo", "one") + "POST /echo HTTP/1.1\r\nHost: a\r\n" +
                             "Transfer-Encoding: chunked\r\n\r\n3\r\ntwo\r\n0\r\nT: r\r\n\r\n" +
                             get("/three");
    auto client = fixture.connect();
    for (std::size_t split = 1; split <= both.size(); ++split) {
        client.send(both.substr(0, split));
        client.wait_until_received();
        client.send(both.substr(split));
        ASSERT_EQ(client.read_reply().body, "one") << split;
        ASSERT_EQ(client.read_reply().body, "two") << split;
        ASSERT_EQ(client.read_reply().body, "GET /three") << split;
    }
}

TEST(Session, ReadsAByteAtATime) {
    HttpFixture fixture;
    auto client = fixture.connect();
    for (char const c : post("/echo", "hello")) {
        client.send({&c, 1});
        client.wait_until_received();
    }
    EXPECT_EQ(client.read_reply().body, "hello");
}

TEST(Session, AnswersManyPipelinedRequestsInOrder) {
    HttpFixture fixture;
    auto client = fixture.connect();
    std::string all;
    for (int i = 0; i < 2'000; ++i) all += get("/" + std::to_string(i));
    client.send(all);
    for (int i = 0; i < 2'000; ++i)
        ASSERT_EQ(client.read_reply().body, "GET /" + std::to_string(i));
}

TEST(Session, CarriesBodiesUpToTheLimit) {
    HttpFixture fixture;
    auto client = fixture.connect();
    for (std::size_t const size : {0u, 1u, 1'000u, 16'000u, 17'000u, 65'536u, 1'048'576u}) {
        std::string body(size, 'x');
        for (std::size_t i = 0; i < size; ++i) body[i] = static_cast<char>('a' + i % 23);
        ASSERT_TRUE(client.send(post("/echo", body)).read_reply().body == body) << size;
    }
    EXPECT_EQ(client.send(post("/echo", std::string(1'048'577, 'x'))).read_reply().status, 413);
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_EQ(fixture.stats().refused_body_too_large.get(), 1u);
}

TEST(Session, CarriesChunkedBodies) {
    HttpFixture fixture;
    auto client = fixture.connect();
    std::string body;
    std::string message = "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (int i = 0; i < 2'000; ++i) {
        body += std::string(100, static_cast<char>('a' + i % 26));
        message += "64;x=y\r\n" + std::string(100, static_cast<char>('a' + i % 26)) + "\r\n";
    }
    EXPECT_TRUE(client.send(message + "0\r\n\r\n" + get("/next")).read_reply().body == body);
    EXPECT_EQ(client.read_reply().body, "GET /next");
}

TEST(Session, RefusesAChunkedBodyThatGrowsTooLarge) {
    HttpFixture fixture;
    auto client = fixture.connect();
    client.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 17; ++i) client.send("10000\r\n" + std::string(65'536, 'x') + "\r\n");
    EXPECT_EQ(client.read_reply().status, 413);
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_EQ(fixture.seen.count(), 0u);
}

TEST(Session, SaysContinueOnlyWhenTheBodyIsMissing) {
    HttpFixture fixture;
    auto client = fixture.connect();
    auto const request = post("/echo", "hello", "Expect: 100-continue\r\n");
    client.send(request.substr(0, request.size() - 5));
    EXPECT_EQ(client.read_reply().status, 100);
    EXPECT_EQ(client.send("hello").read_reply().body, "hello");
    EXPECT_EQ(client.send(request).read_reply().body, "hello");
    // with its first byte
    client.send(request.substr(0, request.size() - 4));
    client.wait_until_received();
    EXPECT_EQ(client.send("ello").read_reply().body, "hello");
}

TEST(Session, RefusesALargeBodyInsteadOfContinue) {
    HttpFixture fixture;
    auto client = fixture.connect();
    client.send(
        "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\nExpect: "
        "100-continue\r\n\r\n");
    EXPECT_EQ(client.read_reply().status, 413);
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST(Session, AnswersHeadWithoutABody) {
    HttpFixture fixture;
    auto client = fixture.connect();
    auto const reply = client.send("HEAD /big?700 HTTP/1.1\r\nHost: a\r\n\r\n").read_reply(true);
    EXPECT_EQ(reply.header("Content-Length"), "700");
    EXPECT_EQ(reply.header("X-Extra"), "yes");
    EXPECT_EQ(client.send(get("/next")).read_reply().body, "GET /next");
}

TEST(Session, Answers204WithoutALength) {
    HttpFixture fixture;
    auto client = fixture.connect();
    auto const reply = client.send(get("/empty")).read_reply();
    EXPECT_EQ(reply.status, 204);
    EXPECT_EQ(reply.header("Content-Length"), "");
    EXPECT_EQ(client.send(get("/next")).read_reply().body, "GET /next");
}

TEST(Session, ClosesWhenTheClientWantsIt) {
    HttpFixture fixture;
    auto client = fixture.connect();
    auto const reply = client.send(get("/x", "Connection: close\r\n") + get("/never")).read_reply();
    EXPECT_EQ(reply.header("Connection"), "close");
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_EQ(fixture.seen.count(), 1u);
}

TEST(Session, ClosesWhenTheHandlerWantsIt) {
    HttpFixture fixture;
    auto client = fixture.connect();
    EXPECT_EQ(client.send(get("/close") + get("/never")).read_reply().header("Connection"),
              "close");
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_EQ(fixture.seen.count(), 1u);
}

TEST(Session, SpeaksHttp10) {
    HttpFixture fixture;
    auto client = fixture.connect();
    auto const kept = client.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").read_reply();
    EXPECT_EQ(kept.header("Connection"), "keep-alive");
    EXPECT_EQ(client.send("GET /b HTTP/1.0\r\n\r\n").read_reply().header("Connection"), "close");
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST(Session, AnswersAClientThatHasFinishedSending) {
    HttpFixture fixture;
    auto client = fixture.connect();
    client.send(get("/a") + get("/b"));
    client.finish_sending();
    EXPECT_EQ(client.read_reply().body, "GET /a");
    EXPECT_EQ(client.read_reply().body, "GET /b");
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST(Session, WaitsForAnAnswerFromAnotherThread) {
    HttpFixture fixture;
    auto client = fixture.connect();
    client.send(get("/first") + get("/later") + get("/behind"));
    EXPECT_EQ(client.read_reply().body, "GET /first");  // not held back by the one that waits
    ASSERT_TRUE(eventually([&] { return fixture.seen.waiting_count() == 1; }));
    EXPECT_EQ(fixture.seen.count(), 2u);
    client.send(get("/last"));
    fixture.seen.answer_later();
    EXPECT_EQ(client.read_reply().body, "later");
    EXPECT_EQ(client.read_reply().body, "GET /behind");
    EXPECT_EQ(client.read_reply().body, "GET /last");
}

TEST(Session, AnswersAWaitingClientThatHasFinishedSending) {
    HttpFixture fixture;
    auto client = fixture.connect();
    client.send(get("/later"));
    client.finish_sending();
    ASSERT_TRUE(eventually([&] { return fixture.seen.waiting_count() == 1; }));
    fixture.seen.answer_later();
    EXPECT_EQ(client.read_reply().body, "later");
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST(Session, OutlivesAClientThatHasGoneUntilItIsAnswered) {
    HttpFixture fixture;
    {
        auto client = fixture.connect();
        client.send(get("/later"));
        ASSERT_TRUE(eventually([&] { return fixture.seen.waiting_count() == 1; }));
    }
    EXPECT_EQ(fixture.seen.contexts.load(), 1);
    fixture.seen.answer_later();
    EXPECT_TRUE(eventually([&] { return fixture.seen.contexts.load() == 0; }));
    EXPECT_TRUE(eventually([&] { return fixture.stats().connections.get() == 0; }));
}

TEST(Session, SendsLargeRepliesToSlowReaders) {
    HttpFixture fixture;
    auto client = fixture.connect();
    client.send(get("/big?8000000") + get("/next"));
    EXPECT_EQ(client.read_reply().body.size(), 8'000'000u);
    EXPECT_EQ(client.read_reply().body, "GET /next");
}

TEST(Session, LooksAtNoMoreOfAPipelineThanItsClientTakesRepliesFor) {
    HttpFixture fixture;
    auto client = fixture.connect();
    std::string all;
    for (int i = 0; i < 200; ++i) all += get("/big?1000000");
    client.send(all).wait_until_received();
    // What the kernel takes on both sides, and one more: far from 200 MB.
    EXPECT_TRUE(eventually([&] { return fixture.seen.count() >= 1; }));
    auto const while_nobody_reads = [&] {
        RawClient other =
            fixture.connect();  // the thread has dealt with the first when it answers the second
        other.send(get("/other")).read_reply();
        return fixture.seen.count();
    }();
    EXPECT_LT(while_nobody_reads, 40u);
    for (int i = 0; i < 200; ++i) ASSERT_EQ(client.read_reply().body.size(), 1'000'000u) << i;
}

TEST(Session, TellsTheHandlerWhoAsks) {
    Options options = HttpFixture::one_thread();
    options.listen = {"127.0.0.1:0", "[::1]:0"};
    options.threads = 2;
    HttpFixture fixture(options);
    ASSERT_EQ(fixture.server->addresses().size(), 2u);
    for (auto const& address : fixture.server->addresses()) {
        RawClient client(address);
        EXPECT_EQ(client.send(get("/x")).read_reply().status, 200) << address;
    }
}

// Each is answered with the status, then the connection ends and nothing behind it is taken for a
// request.
TEST(Session, NeverReadsOnBehindWhatItRefuses) {
    struct Row {
        std::string_view bytes;
        int status;
    };
    std::vector<Row> const rows = {
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
         "chunked\r\n\r\n0\r\n\r\n",
         400},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
         400},
        {"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\n0\n\n", 400},
        {"POST / HTTP/1.1\r\nHost: a\r\n\r\n", 411},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1048577\r\n\r\n", 413},
        {"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nExpect: x\r\n\r\na", 417},
        {"GET / HTTP/1.1\r\n\r\n", 400},
        {"GET / HTTP/1.1\nHost: a\n\n", 400},
        {"GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", 400},
        {"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
        {"\x16\x03\x01\x02\x05\x01\x00\x01", 400},
        {"\r\n\r\n\r\n", 400},
    };
    HttpFixture fixture;
    for (Row const& row : rows) {
        auto client = fixture.connect();
        client.send(std::string(row.bytes) + get("/smuggled"));
        auto const reply = client.read_reply();
        EXPECT_EQ(reply.status, row.status) << row.bytes;
        EXPECT_EQ(reply.header("Connection"), "close") << row.bytes;
        EXPECT_FALSE(reply.body.empty()) << row.bytes;
        EXPECT_TRUE(client.is_closed_by_server()) << row.bytes;
    }
    EXPECT_EQ(fixture.seen.count(), 0u);
}

TEST(Session, RefusesOverlongHeads) {
    HttpFixture fixture;
    auto const status_of = [&](std::string const& bytes) {
        auto client = fixture.connect();
        return client.send(bytes).read_reply().status;
    };
    EXPECT_EQ(status_of("GET /" + std::string(9'000, 'x')), 414);
    EXPECT_EQ(status_of(get("/" + std::string(8'191, 'x'))), 200);
    EXPECT_EQ(status_of(get("/" + std::string(8'192, 'x'))), 414);
    EXPECT_EQ(status_of(get("/", "X: " + std::string(30'000, 'x') + "\r\n")), 200);
    EXPECT_EQ(status_of(get("/", "X: " + std::string(33'000, 'x') + "\r\n")), 431);
    EXPECT_EQ(fixture.stats().refused_target_too_long.get(), 2u);
    EXPECT_EQ(fixture.stats().refused_head_too_large.get(), 1u);
}

TEST(Session, DeliversARefusalEvenIfTheClientKeepsSending) {
    HttpFixture fixture;
    auto client = fixture.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n" +
                std::string(3'000'000, 'x'));
    EXPECT_EQ(client.read_reply().status, 413);
    client.finish_sending();
    EXPECT_TRUE(client.is_closed_by_server());
}

}  // namespace
}  // namespace inlet::http
