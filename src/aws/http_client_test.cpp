#include "aws/http_client.hpp"

#include <chrono>
#include <cstdlib>
#include <future>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <thread>

#include <unistd.h>

#include "support/scripted_server.hpp"

namespace inlet::aws {
namespace {

using test::ok_reply;
using test::ScriptedConnection;
using test::ScriptedServer;

HttpRequest get(std::string url) {
    HttpRequest request;
    request.url = std::move(url);
    request.timeout_ms = 5'000;
    return request;
}

HttpRequest post(std::string url, std::string_view body) {
    HttpRequest request = get(std::move(url));
    request.method = "POST";
    request.body = body;
    return request;
}

void answer_all(ScriptedConnection& connection, std::string const& reply) {
    while (!connection.read_request().empty()) {
        if (!connection.send(reply)) return;
    }
}

ScriptedServer::Script always(std::string reply) {
    return [reply = std::move(reply)](ScriptedConnection& c) { answer_all(c, reply); };
}

// One request, these bytes, the end of the connection.
ScriptedServer::Script once(std::string bytes) {
    return [bytes = std::move(bytes)](ScriptedConnection& c) {
        if (!c.read_request().empty()) c.send(bytes);
    };
}

int free_port() {
    int const fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    ::bind(fd, any, size);
    ::getsockname(fd, any, &size);
    ::close(fd);
    return ntohs(address.sin_port);
}

std::int64_t elapsed_ms(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 start)
        .count();
}

class HttpClientTest : public ::testing::Test {
  protected:
    std::unique_ptr<HttpClient> client = make_http_client({});
};

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

struct Broken {
    std::string what;
    std::string bytes;
};

TEST_F(HttpClientTest, ABrokenReplyIsAnErrorAfterWhichTheRequestMayHaveArrived) {
    std::vector<Broken> const cases = {
        {"no byte", ""},
        {"half a head", "HTTP/1.1 200 OK\r\nContent-Le"},
        {"a body that is too short", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345"},
        {"a chunk size that is none",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"},
        {"no last chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"},
        {"something else than HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
        {"HTTP/0.9", "<html>hello</html>"},
        {"a negative length", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n"},
    };
    for (Broken const& broken : cases) {
        ScriptedServer server(once(broken.bytes));
        auto const reply = client->send(post(server.url(), "x"));
        ASSERT_FALSE(reply) << broken.what;
        EXPECT_EQ(reply.error().code, Errc::unavailable) << broken.what;
        EXPECT_TRUE(may_have_arrived(reply.error())) << broken.what;
        EXPECT_EQ(server.requests().size(), 1u) << broken.what;
    }
}

TEST_F(HttpClientTest, ARefusedConnectionHasNotArrived) {
    auto const reply = client->send(get("http://127.0.0.1:" + std::to_string(free_port())));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::unavailable);
    EXPECT_EQ(reply.error().sys_errno, ECONNREFUSED);
    EXPECT_FALSE(may_have_arrived(reply.error()));
}

TEST_F(HttpClientTest, AnUnknownHostHasNotArrived) {
    // A label of more than 63 characters: no name server is asked.
    auto const reply = client->send(get("http://" + std::string(70, 'a') + ".invalid/"));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::unavailable);
    EXPECT_FALSE(may_have_arrived(reply.error()));
}

TEST_F(HttpClientTest, AResetIsAnError) {
    ScriptedServer server([](ScriptedConnection& c) {
        c.read_some(10);
        c.reset();
    });
    auto const reply = client->send(post(server.url(), "x"));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::unavailable);
    EXPECT_TRUE(may_have_arrived(reply.error()));
}

TEST_F(HttpClientTest, ARequestIsNotRepeatedWhenAKeptConnectionEnds) {
    ScriptedServer server([](ScriptedConnection& c) {
        c.read_request();
        c.send(ok_reply("first"));
        c.read_request();  // and no reply to this one
    });
    ASSERT_TRUE(client->send(post(server.url(), "one")));

    auto const reply = client->send(post(server.url(), "two"));

    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::unavailable);
    EXPECT_TRUE(may_have_arrived(reply.error()));
    EXPECT_EQ(server.requests().size(), 2u);
}

TEST_F(HttpClientTest, AKeptConnectionThatHasEndedIsReplaced) {
    ScriptedServer server(once(ok_reply("ok")));
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(client->send(post(server.url(), "x")));
        server.wait_until_closed();
    }
    EXPECT_EQ(server.connections(), 3);
}

TEST_F(HttpClientTest, ALongReplyIsRefusedEarly) {
    std::atomic<std::size_t> sent{0};
    ScriptedServer server([&](ScriptedConnection& c) {
        c.read_request();
        c.send("HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n");
        std::string const piece(64 * 1024, 'x');
        while (sent < 104'857'600 && c.send(piece)) sent += piece.size();
    });
    HttpRequest request = get(server.url());
    request.max_reply_bytes = 1'000;

    auto const reply = client->send(request);

    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::full);
    EXPECT_TRUE(may_have_arrived(reply.error()));
    EXPECT_LT(sent.load(), 32u << 20);  // what fits into the buffers of the two sockets
}

TEST_F(HttpClientTest, AReplyOfExactlyTheBoundIsTaken) {
    ScriptedServer server(always(ok_reply("12345")));
    HttpRequest request = get(server.url());
    request.max_reply_bytes = 5;
    EXPECT_TRUE(client->send(request));
    request.max_reply_bytes = 4;
    EXPECT_EQ(client->send(request).error().code, Errc::full);
}

TEST_F(HttpClientTest, EndlessHeadersAreRefused) {
    ScriptedServer server([](ScriptedConnection& c) {
        c.read_request();
        c.send("HTTP/1.1 200 OK\r\n");
        while (c.send("X-More: " + std::string(1'000, 'x') + "\r\n")) {
        }
    });
    auto const reply = client->send(get(server.url()));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::full);
}

TEST_F(HttpClientTest, SilenceEndsAtTheDeadline) {
    ScriptedServer server([](ScriptedConnection& c) {
        c.read_request();
        c.pause(ScriptedServer::kPatienceMs);
    });
    HttpRequest request = post(server.url(), "x");
    request.timeout_ms = 200;
    auto const start = std::chrono::steady_clock::now();

    auto const reply = client->send(request);

    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::timeout);
    EXPECT_TRUE(may_have_arrived(reply.error()));
    EXPECT_LT(elapsed_ms(start), 3'000);
}

TEST_F(HttpClientTest, AReplyThatDripsEndsAtTheDeadline) {
    ScriptedServer server([](ScriptedConnection& c) {
        c.read_request();
        c.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
        while (c.pause(10) && c.send("x")) {
        }
    });
    HttpRequest request = get(server.url());
    request.timeout_ms = 300;
    auto const start = std::chrono::steady_clock::now();

    auto const reply = client->send(request);

    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::timeout);
    EXPECT_LT(elapsed_ms(start), 3'000);
}

TEST_F(HttpClientTest, SilenceEndsBeforeADeadlineThatIsFarAway) {
    ScriptedServer server([](ScriptedConnection& c) {
        c.read_request();
        c.pause(ScriptedServer::kPatienceMs);
    });
    HttpRequest request = get(server.url());
    request.timeout_ms = 60'000;
    request.stall_timeout_ms = 1'000;
    auto const start = std::chrono::steady_clock::now();

    auto const reply = client->send(request);

    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::timeout);
    EXPECT_LT(elapsed_ms(start), 8'000);
}

TEST_F(HttpClientTest, AnUnansweredHandshakeHasNotArrived) {
    // It listens, but says nothing: TLS never begins.
    ScriptedServer server([](ScriptedConnection& c) { c.pause(ScriptedServer::kPatienceMs); });
    HttpRequest request = get("https://localhost:" + std::to_string(server.port()));
    request.connect_timeout_ms = 200;
    auto const reply = client->send(request);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::timeout);
    EXPECT_FALSE(may_have_arrived(reply.error()));
}

TEST_F(HttpClientTest, CancelEndsWhatIsUnderWayAndWhatComesLater) {
    std::promise<void> arrived;
    ScriptedServer server([&](ScriptedConnection& c) {
        c.read_request();
        arrived.set_value();
        c.pause(ScriptedServer::kPatienceMs);
    });
    std::thread other([&] {
        arrived.get_future().wait();
        client->cancel();
    });
    auto const start = std::chrono::steady_clock::now();

    auto const under_way = client->send(get(server.url()));
    auto const later = client->send(get(server.url()));
    other.join();

    EXPECT_EQ(under_way.error().code, Errc::stopping);
    EXPECT_TRUE(may_have_arrived(under_way.error()));
    EXPECT_EQ(later.error().code, Errc::stopping);
    EXPECT_FALSE(may_have_arrived(later.error()));
    EXPECT_LT(elapsed_ms(start), 3'000);
    EXPECT_EQ(server.connections(), 1);
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

TEST_F(HttpClientTest, ErrorsNameTheRequestButNotItsQuery) {
    auto const reply =
        client->send(get("http://127.0.0.1:" + std::to_string(free_port()) + "/a?secret=1"));
    std::string const message = reply.error().message();
    EXPECT_TRUE(message.starts_with("GET http://127.0.0.1:")) << message;
    EXPECT_EQ(message.find("secret"), std::string::npos) << message;
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
    HttpRequest metadata = get("http://169.254.169.254/latest/");
    metadata.timeout_ms = 50;
    EXPECT_FALSE(client->send(metadata));
    EXPECT_EQ(proxy.connections(), 0);
}

}  // namespace
}  // namespace inlet::aws
