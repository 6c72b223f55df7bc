// The client, and servers that are slow, broken, hostile or not there.
#include <atomic>
#include <cerrno>
#include <future>
#include <thread>

#include "aws/http_client_fixture.hpp"

namespace inlet::aws {
namespace {

using HttpClientFailure = HttpClientTest;

struct Broken {
    std::string what;
    std::string bytes;
};

TEST_F(HttpClientFailure, ABrokenReplyIsAnErrorAfterWhichTheRequestMayHaveArrived) {
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

TEST_F(HttpClientFailure, ARefusedConnectionHasNotArrived) {
    auto const reply = client->send(get("http://127.0.0.1:" + std::to_string(free_port())));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::unavailable);
    EXPECT_EQ(reply.error().sys_errno, ECONNREFUSED);
    EXPECT_FALSE(may_have_arrived(reply.error()));
}

TEST_F(HttpClientFailure, AnUnknownHostHasNotArrived) {
    // A label of more than 63 characters: no name server is asked.
    auto const reply = client->send(get("http://" + std::string(70, 'a') + ".invalid/"));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::unavailable);
    EXPECT_FALSE(may_have_arrived(reply.error()));
}

TEST_F(HttpClientFailure, AResetIsAnError) {
    ScriptedServer server([](ScriptedConnection& c) {
        c.read_some(10);
        c.reset();
    });
    auto const reply = client->send(post(server.url(), "x"));
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::unavailable);
    EXPECT_TRUE(may_have_arrived(reply.error()));
}

TEST_F(HttpClientFailure, ARequestIsNotRepeatedWhenAKeptConnectionEnds) {
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

TEST_F(HttpClientFailure, ALongReplyIsRefusedEarly) {
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

TEST_F(HttpClientFailure, AReplyOfExactlyTheBoundIsTaken) {
    ScriptedServer server(always(ok_reply("12345")));
    HttpRequest request = get(server.url());
    request.max_reply_bytes = 5;
    EXPECT_TRUE(client->send(request));
    request.max_reply_bytes = 4;
    EXPECT_EQ(client->send(request).error().code, Errc::full);
}

TEST_F(HttpClientFailure, EndlessHeadersAreRefused) {
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

TEST_F(HttpClientFailure, SilenceEndsAtTheDeadline) {
    ScriptedServer server([](ScriptedConnection& c) {
        c.read_request();
        c.pause(ScriptedServer::kPatienceMs);
    });
    HttpRequest request = post(server.url(), "x");
    request.timeout_ms = 1'000;
    auto const start = std::chrono::steady_clock::now();

    auto const reply = client->send(request);

    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::timeout);
    EXPECT_TRUE(may_have_arrived(reply.error()));
    EXPECT_LT(elapsed_ms(start), ScriptedServer::kPatienceMs);
}

TEST_F(HttpClientFailure, AReplyThatDripsEndsAtTheDeadline) {
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

TEST_F(HttpClientFailure, SilenceEndsBeforeADeadlineThatIsFarAway) {
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

TEST_F(HttpClientFailure, AnUnansweredHandshakeHasNotArrived) {
    // It listens, but says nothing: TLS never begins.
    ScriptedServer server([](ScriptedConnection& c) { c.pause(ScriptedServer::kPatienceMs); });
    HttpRequest request = get("https://localhost:" + std::to_string(server.port()));
    request.connect_timeout_ms = 200;
    auto const reply = client->send(request);
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::timeout);
    EXPECT_FALSE(may_have_arrived(reply.error()));
}

TEST_F(HttpClientFailure, CancelEndsWhatIsUnderWayAndWhatComesLater) {
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

TEST_F(HttpClientFailure, ErrorsNameTheRequestButNotItsQuery) {
    auto const reply =
        client->send(get("http://127.0.0.1:" + std::to_string(free_port()) + "/a?secret=1"));
    std::string const message = reply.error().message();
    EXPECT_TRUE(message.starts_with("GET http://127.0.0.1:")) << message;
    EXPECT_EQ(message.find("secret"), std::string::npos) << message;
}

}  // namespace
}  // namespace inlet::aws
