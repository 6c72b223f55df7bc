#include <atomic>
#include <cstdlib>

#include "aws/curl_exchange.hpp"
#include "aws/http_client_fixture.hpp"

namespace inlet::aws {
namespace {

TEST_F(HttpClientTest, SendsMethodHeadersAndBody) {
    ScriptedServer server(always(ok_reply("fine", "X-Answer:  42 \r\n")));
    HttpRequest request = post(server.url("/a/../b%20c?q=1"), "hello");
    request.headers = {{"x-amz-target", "T"}, {"x-empty", ""}, {"Content-Type", "text/x"}};

    auto const reply = client->send(request);

    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(reply.value().status, 200);
    EXPECT_EQ(reply.value().body, "fine");
    EXPECT_EQ(reply.value().header("x-answer"), "42");
    EXPECT_EQ(reply.value().header("x-other"), "");
    std::string const sent = server.requests().at(0);
    EXPECT_TRUE(sent.starts_with("POST /a/../b%20c?q=1 HTTP/1.1\r\n")) << sent;
    EXPECT_TRUE(sent.ends_with("\r\n\r\nhello")) << sent;
    for (std::string_view const line :
         {"\r\nx-amz-target: T\r\n", "\r\nx-empty:\r\n", "\r\nContent-Type: text/x\r\n",
          "\r\nContent-Length: 5\r\n", "\r\nUser-Agent: inlet/"}) {
        EXPECT_NE(sent.find(line), std::string::npos) << line << " is not in\n" << sent;
    }
}

TEST_F(HttpClientTest, AsksForNothingThatWasNotAskedOfIt) {
    ScriptedServer server(always(ok_reply("")));
    std::string const body(2 << 20, 'x');

    ASSERT_TRUE(client->send(post(server.url(), body)));

    std::string const sent = server.requests().at(0);
    std::string const head = sent.substr(0, sent.find("\r\n\r\n"));
    EXPECT_EQ(sent.size(), head.size() + 4 + body.size());
    for (std::string_view const name : {"Expect", "Accept-Encoding", "Content-Type", "Transfer-"}) {
        EXPECT_EQ(head.find(name), std::string::npos) << head;
    }
}

TEST_F(HttpClientTest, SendsPutDeleteAndHead) {
    ScriptedServer server([](ScriptedConnection& c) {
        for (auto request = c.read_request(); !request.empty(); request = c.read_request()) {
            bool const is_head = request.starts_with("HEAD");
            c.send(is_head ? "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n" : ok_reply("ok"));
        }
    });
    for (std::string const method : {"PUT", "DELETE", "HEAD", "PUT"}) {
        HttpRequest request = get(server.url("/key"));
        request.method = method;
        auto const reply = client->send(request);
        ASSERT_TRUE(reply) << method << ": " << reply.error().message();
        EXPECT_EQ(reply.value().body, method == "HEAD" ? "" : "ok");
        EXPECT_TRUE(server.requests().back().starts_with(method + " /key HTTP/1.1\r\n"));
    }
    EXPECT_NE(server.requests().at(0).find("Content-Length: 0\r\n"), std::string::npos);
    EXPECT_EQ(server.connections(), 1);
}

TEST_F(HttpClientTest, KeepsConnections) {
    ScriptedServer server(always(ok_reply("ok")));
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(client->send(post(server.url(), "x")));
    EXPECT_EQ(server.connections(), 1);
    EXPECT_EQ(server.requests().size(), 5u);
}

TEST_F(HttpClientTest, SendsAtTheSameTimeAndKeepsTheOrder) {
    std::atomic<int> waiting{0};
    ScriptedServer server([&](ScriptedConnection& c) {
        for (auto request = c.read_request(); !request.empty(); request = c.read_request()) {
            ++waiting;
            // Nobody is answered before all four have arrived.
            for (int i = 0; i < 5'000 && waiting.load() < 4; ++i) c.pause(1);
            c.send(ok_reply(request.substr(request.size() - 1)));
        }
    });
    std::vector<HttpRequest> requests;
    for (std::string_view const body : {"a", "b", "c", "d"}) {
        requests.push_back(post(server.url(), body));
    }

    auto const replies = client->send_all(requests);

    ASSERT_EQ(replies.size(), 4u);
    for (std::size_t i = 0; i < 4; ++i) {
        ASSERT_TRUE(replies[i]) << replies[i].error().message();
        EXPECT_EQ(replies[i].value().body, requests[i].body);
    }
    EXPECT_EQ(server.connections(), 4);
}

TEST_F(HttpClientTest, OneFailureLeavesTheOthersAlone) {
    ScriptedServer server(always(ok_reply("ok")));
    std::vector<HttpRequest> requests = {get("http://127.0.0.1:" + std::to_string(free_port())),
                                         get(server.url()), get("no url")};

    auto const replies = client->send_all(requests);

    EXPECT_EQ(replies.at(0).error().code, Errc::unavailable);
    EXPECT_TRUE(replies.at(1));
    EXPECT_EQ(replies.at(2).error().code, Errc::invalid);
}

TEST_F(HttpClientTest, NothingToSendIsNoWait) {
    EXPECT_TRUE(client->send_all({}).empty());
}

TEST_F(HttpClientTest, EveryStatusIsAReply) {
    for (int const status : {301, 307, 400, 404, 412, 500, 503}) {
        std::string const line = "HTTP/1.1 " + std::to_string(status) + " X\r\n";
        ScriptedServer server(
            always(line + "Location: http://127.0.0.1:1/\r\nContent-Length: 1\r\n\r\nx"));
        auto const reply = client->send(post(server.url(), "x"));
        ASSERT_TRUE(reply) << reply.error().message();
        EXPECT_EQ(reply.value().status, status);
        EXPECT_EQ(server.requests().size(), 1u);
    }
}

TEST_F(HttpClientTest, AnInterimReplyIsNotTheReply) {
    ScriptedServer server(always("HTTP/1.1 103 Early Hints\r\nX-Early: 1\r\n\r\n" +
                                 ok_reply("late", "X-Late: 1\r\n")));
    auto const reply = client->send(post(server.url(), "x"));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply.value().status, 200);
    EXPECT_EQ(reply.value().header("x-early"), "");
    EXPECT_EQ(reply.value().header("x-late"), "1");
}

TEST_F(HttpClientTest, ReadsChunks) {
    ScriptedServer server(
        once("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
             "3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: 1\r\n\r\n"));
    auto const reply = client->send(get(server.url()));
    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(reply.value().body, "abcde");
}

TEST_F(HttpClientTest, LeavesCompressedRepliesAsTheyAre) {
    ScriptedServer server(always(ok_reply("\x1f\x8b zip", "Content-Encoding: gzip\r\n")));
    auto const reply = client->send(get(server.url()));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply.value().body, "\x1f\x8b zip");
}

TEST_F(HttpClientTest, AKeptConnectionThatHasEndedIsReplaced) {
    ScriptedServer server(once(ok_reply("ok")));
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(client->send(post(server.url(), "x")));
        server.wait_until_closed();
    }
    EXPECT_EQ(server.connections(), 3);
}

TEST_F(HttpClientTest, RefusesWhatCannotBeSentAsItIs) {
    ScriptedServer server(always(ok_reply("")));
    HttpRequest split = get(server.url());
    split.headers = {{"x-a", "1\r\nx-b: 2"}};
    HttpRequest name = get(server.url());
    name.headers = {{"x a", "1"}};
    HttpRequest method = get(server.url());
    method.method = "GET / HTTP/1.1\r\n";
    for (HttpRequest const& request :
         {split, name, method, get(""), get("ftp://127.0.0.1/"), get("file:///etc/passwd"),
          get("http://127.0.0.1/\r\nX: y")}) {
        auto const reply = client->send(request);
        ASSERT_FALSE(reply);
        EXPECT_EQ(reply.error().code, Errc::invalid) << reply.error().message();
        EXPECT_FALSE(may_have_arrived(reply.error()));
    }
    EXPECT_TRUE(server.requests().empty());
}

// A variable of the environment while a test runs.
class Variable {
  public:
    Variable(char const* name, std::string const& value) : name_(name) {
        ::setenv(name, value.c_str(), 1);
    }
    ~Variable() { ::unsetenv(name_); }

  private:
    char const* name_;
};

TEST_F(HttpClientTest, UsesTheProxyOfTheEnvironment) {
    ScriptedServer proxy(always(ok_reply("from the proxy")));
    Variable const variable("http_proxy", proxy.url(""));
    auto const reply = client->send(get("http://service.example/a"));
    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(reply.value().body, "from the proxy");
    EXPECT_TRUE(proxy.requests().at(0).starts_with("GET http://service.example/a HTTP/1.1\r\n"));
    Variable const exception("no_proxy", "service.invalid");
    EXPECT_FALSE(client->send(get("http://service.invalid/")));
    EXPECT_EQ(proxy.requests().size(), 1u);
}

TEST_F(HttpClientTest, AsksNoProxyForAddressesThatAreNear) {
    ScriptedServer proxy(always(ok_reply("from the proxy")));
    ScriptedServer server(always(ok_reply("from the server")));
    Variable const variable("http_proxy", proxy.url(""));
    EXPECT_EQ(client->send(get(server.url())).value().body, "from the server");
    EXPECT_EQ(proxy.connections(), 0);
    // Asking the others would leave this host.
    for (std::string_view const url :
         {"http://169.254.169.254/latest", "http://169.254.170.2:80", "http://localhost/x",
          "http://[::1]:8080/", "http://[fd00:ec2::254]/latest"}) {
        EXPECT_TRUE(is_near(url)) << url;
    }
    for (std::string_view const url : {"http://localhost.example/", "https://1.127.0.0/",
                                       "https://s3.eu-central-1.amazonaws.com/127."}) {
        EXPECT_FALSE(is_near(url)) << url;
    }
}

}  // namespace
}  // namespace inlet::aws
