// Deadlines, limits and stopping. Time is the test's: nothing expires until it advances the clock.
#include "http/server.hpp"

#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <string>
#include <sys/resource.h>
#include <sys/socket.h>
#include <thread>

#include <unistd.h>

#include "base/log.hpp"
#include "http/listener.hpp"
#include "support/http_fixture.hpp"
#include "support/manual_clock.hpp"

namespace inlet::http {
namespace {

using test::eventually;
using test::HttpFixture;
using test::ManualClock;
using test::RawClient;

// The default limits, but looked at every 5 ms: write_timeout_ms sets the pace and bites in one
// test only.
struct Timed {
    static Options options() {
        Options options = HttpFixture::one_thread();
        options.limits.write_timeout_ms = 20;
        return options;
    }
    ManualClock clock;
    HttpFixture fixture{options(), clock};
    Stats const& stats = fixture.stats();

    // Returns when the server has done all that follows from what was sent before: one thread, and this
    // is asked last.
    void settle() const {
        fixture.connect().send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").read_reply();
    }
    // Time passes, and the server has looked at its deadlines.
    void pass(std::int64_t ms) {
        settle();
        clock.advance_ms(ms);
        std::this_thread::sleep_for(std::chrono::milliseconds(15));  // three ticks
        settle();
    }
};

std::string const kRequest = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

TEST(Deadlines, EndAHeadThatDoesNotArrive) {
    Timed t;
    auto client = t.fixture.connect();
    client.send("GET / HTTP/1.1\r\nHo");
    ASSERT_TRUE(eventually([&] { return t.stats.bytes_received.get() > 0; }));
    t.pass(9'000);
    client.send("st: ");  // more bytes do not extend it
    t.pass(999);
    EXPECT_EQ(t.stats.timeouts_header.get(), 0u);
    t.clock.advance_ms(2);
    EXPECT_EQ(client.read_reply().status, 408);
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_EQ(t.stats.timeouts_header.get(), 1u);
}

TEST(Deadlines, CountAHeadBehindAnAnsweredRequest) {
    Timed t;
    auto client = t.fixture.connect();
    EXPECT_EQ(client.send(kRequest + "GET / HT").read_reply().status, 200);
    t.settle();
    t.clock.advance_ms(10'001);
    EXPECT_EQ(client.read_reply().status, 408);
}

TEST(Deadlines, EndABodyThatDoesNotArrive) {
    Timed t;
    auto client = t.fixture.connect();
    client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return t.stats.bytes_received.get() > 0; }));
    t.pass(19'000);
    auto const before = t.stats.bytes_received.get();
    client.send(std::string(5'000, 'x'));  // at 1,000 bytes/s this buys 5 s
    ASSERT_TRUE(eventually([&] { return t.stats.bytes_received.get() == before + 5'000; }));
    t.pass(5'900);
    EXPECT_EQ(t.stats.timeouts_body.get(), 0u);
    t.clock.advance_ms(200);
    EXPECT_EQ(client.read_reply().status, 408);
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_EQ(t.stats.timeouts_body.get(), 1u);
}

TEST(Deadlines, CloseAnIdleConnectionSilently) {
    Timed t;
    auto fresh = t.fixture.connect();
    auto used = t.fixture.connect();
    EXPECT_EQ(used.send(kRequest).read_reply().status, 200);
    ASSERT_TRUE(eventually([&] { return t.stats.accepted.get() == 2; }));
    t.pass(64'000);
    EXPECT_EQ(t.stats.timeouts_idle.get(), 0u);
    t.clock.advance_ms(1'001);
    EXPECT_TRUE(fresh.is_closed_by_server());
    EXPECT_TRUE(used.is_closed_by_server());
    EXPECT_EQ(t.stats.timeouts_idle.get(), 2u);
}

TEST(Deadlines, LetTheHandlerTakeItsTime) {
    Timed t;
    auto client = t.fixture.connect();
    client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\nGET / HT");
    ASSERT_TRUE(eventually([&] { return t.fixture.seen.waiting_count() == 1; }));
    t.pass(1'000'000);
    t.fixture.seen.answer_later();
    EXPECT_EQ(client.read_reply().body, "later");
    EXPECT_EQ(client.send("TP/1.1\r\nHost: a\r\n\r\n").read_reply().status, 200);
}

TEST(Deadlines, DropAClientThatDoesNotTakeItsReply) {
    Timed t;
    auto client = t.fixture.connect();
    client.send("GET /big?30000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return t.fixture.seen.count() == 1; }));
    EXPECT_TRUE(eventually([&] {
        t.clock.advance_ms(21);
        return t.stats.timeouts_write.get() == 1;
    }));
    EXPECT_TRUE(eventually([&] { return t.stats.connections.get() == 0; }));
}

TEST(Deadlines, BoundTheLingeringBehindARefusal) {
    Timed t;
    auto client = t.fixture.connect();
    EXPECT_EQ(client.send("BAD\n").read_reply().status, 400);  // and the client stays
    t.pass(1'999);
    EXPECT_GE(t.stats.connections.get(), 1u);
    t.clock.advance_ms(2);
    EXPECT_TRUE(eventually([&] { return t.stats.connections.get() == 0; }));
}

TEST(Limits, MakeRoomByClosingTheLongestUnusedConnection) {
    Options options = HttpFixture::one_thread();
    options.limits.max_connections = 2;
    HttpFixture fixture(options);
    auto first = fixture.connect();
    EXPECT_EQ(first.send(kRequest).read_reply().status, 200);
    auto second = fixture.connect();
    EXPECT_EQ(second.send(kRequest).read_reply().status, 200);
    EXPECT_EQ(first.send(kRequest).read_reply().status, 200);  // now the second is the oldest
    auto third = fixture.connect();
    EXPECT_EQ(third.send(kRequest).read_reply().status, 200);
    EXPECT_TRUE(second.is_closed_by_server());
    EXPECT_EQ(first.send(kRequest).read_reply().status, 200);
    EXPECT_EQ(fixture.stats().refused_connections.get(), 0u);
}

TEST(Limits, RefuseConnectionsWhenAllAreBusy) {
    Options options = HttpFixture::one_thread();
    options.limits.max_connections = 2;
    HttpFixture fixture(options);
    auto first = fixture.connect();
    auto second = fixture.connect();
    first.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    second.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return fixture.seen.waiting_count() == 2; }));
    auto third = fixture.connect();
    EXPECT_EQ(third.read_reply().status, 503);
    EXPECT_EQ(fixture.stats().refused_connections.get(), 1u);
    fixture.seen.answer_later();
    EXPECT_EQ(first.read_reply().body, "later");
    auto fourth = fixture.connect();
    EXPECT_EQ(fourth.send(kRequest).read_reply().status, 200);
}

TEST(Limits, CountConnectionsPerAddress) {
    Options options = HttpFixture::one_thread();
    options.limits.max_connections_per_address = 1;
    HttpFixture fixture(options);
    {
        auto first = fixture.connect();
        EXPECT_EQ(first.send(kRequest).read_reply().status, 200);
        EXPECT_EQ(fixture.connect().read_reply().status, 503);
    }
    EXPECT_TRUE(eventually([&] { return fixture.stats().connections.get() == 0; }));
    EXPECT_EQ(fixture.connect().send(kRequest).read_reply().status, 200);
}

TEST(Limits, BoundWhatIsHeldOfUnfinishedRequests) {
    Options options = HttpFixture::one_thread();
    options.limits.max_buffered_bytes = 1 << 20;
    HttpFixture fixture(options);
    std::string const head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900000\r\n\r\n";
    std::vector<RawClient> clients;
    for (int i = 0; i < 4; ++i) {
        clients.push_back(fixture.connect());
        clients.back().send(head + std::string(400'000, 'x'));
        clients.back().wait_until_received();
    }
    EXPECT_TRUE(eventually([&] { return fixture.stats().refused_buffers_full.get() > 0; }));
    for (auto& client : clients) client.send(std::string(500'000, 'x'));
    int answered = 0;
    for (auto& client : clients) answered += client.read_reply().status == 200 ? 1 : 0;
    EXPECT_GE(answered, 1);  // the others make room for it
    EXPECT_LT(answered, 4);
    clients.clear();
    EXPECT_TRUE(eventually([&] { return fixture.stats().connections.get() == 0; }));
    EXPECT_EQ(fixture.connect().send(head + std::string(900'000, 'x')).read_reply().status, 200);
}

TEST(Limits, GiveUpRepliesThatNobodyTakes) {
    Options options = HttpFixture::one_thread();
    options.limits.max_buffered_bytes = 1 << 20;
    HttpFixture fixture(options);
    auto client = fixture.connect();
    client.send("GET /big?30000000 HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_TRUE(eventually([&] { return fixture.stats().refused_buffers_full.get() == 1; }));
    EXPECT_EQ(fixture.connect().send(kRequest).read_reply().status, 200);
}

TEST(Limits, PauseAcceptingWhenDescriptorsRunOut) {
    HttpFixture fixture;
    auto before = fixture.connect();
    EXPECT_EQ(before.send(kRequest).read_reply().status, 200);
    // UBSan needs descriptors of its own to look at an object of a type that it sees for the first time.
    log::warn("descriptors are about to run out, for a test");
    rlimit original{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &original), 0);
    int const client = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    rlimit const none_left{static_cast<rlim_t>(client) + 1, original.rlim_max};
    std::vector<int> fillers;  // every number below the limit is taken
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none_left), 0);
    for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) fillers.push_back(fd);

    auto const address = fixture.server->addresses().front();
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port =
        htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    EXPECT_EQ(::connect(client, reinterpret_cast<sockaddr*>(&to), sizeof to), 0);
    EXPECT_TRUE(eventually([&] { return fixture.stats().accept_pauses.get() >= 2; }));
    EXPECT_EQ(before.send(kRequest).read_reply().status, 200);  // the others do not notice

    for (int const fd : fillers) ::close(fd);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &original), 0);
    EXPECT_TRUE(eventually([&] { return fixture.stats().accepted.get() == 2; }));
    ::close(client);
}

TEST(Stop, ClosesIdleConnectionsAndAnswersTheOthers) {
    HttpFixture fixture;
    auto idle = fixture.connect();
    EXPECT_EQ(idle.send(kRequest).read_reply().status, 200);
    auto busy = fixture.connect();
    busy.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    auto partial = fixture.connect();
    partial.send("GET / HTTP/1.1\r\n");
    ASSERT_TRUE(eventually([&] { return fixture.seen.waiting_count() == 1; }));
    partial.wait_until_received();
    ASSERT_TRUE(eventually([&] { return fixture.stats().connections.get() == 3; }));

    fixture.server->stop_accepting();
    EXPECT_TRUE(idle.is_closed_by_server());
    auto stopped = std::async(std::launch::async, [&] { fixture.server->stop(10'000); });
    fixture.seen.answer_later();
    auto const reply = busy.read_reply();
    EXPECT_EQ(reply.body, "later");
    EXPECT_EQ(reply.header("Connection"), "close");
    EXPECT_TRUE(busy.is_closed_by_server());
    auto const last = partial.send("Host: a\r\n\r\n").read_reply();
    EXPECT_EQ(last.status, 200);
    EXPECT_EQ(last.header("Connection"), "close");
    busy.close();
    partial.close();
    EXPECT_EQ(stopped.wait_for(std::chrono::seconds(8)), std::future_status::ready);
}

// Its bytes may be on their way: behind an inherited socket the client would have been served by the next process.
TEST(Stop, GivesANewConnectionAMomentForItsFirstRequest) {
    Timed t;
    auto asking = t.fixture.connect();
    auto silent = t.fixture.connect();
    ASSERT_TRUE(eventually([&] { return t.stats.accepted.get() == 2; }));
    t.fixture.server->stop_accepting();
    auto const reply = asking.send(kRequest).read_reply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.header("Connection"), "close");
    auto stopped = std::async(std::launch::async, [&] { t.fixture.server->stop(10'000); });
    t.clock.advance_ms(251);
    EXPECT_TRUE(silent.is_closed_by_server());
    t.clock.advance_ms(2'001);  // what it lingers for a client that does not close
    EXPECT_EQ(stopped.wait_for(std::chrono::seconds(8)), std::future_status::ready);
}

TEST(Stop, GivesUpAtItsDeadlineAndKeepsWhatIsNotAnswered) {
    auto fixture = std::make_unique<HttpFixture>();
    auto client = fixture->connect();
    client.send("GET /later HTTP/1.1\r\nHost: a\r\n\r\n");
    ASSERT_TRUE(eventually([&] { return fixture->seen.waiting_count() == 1; }));
    fixture->server->stop(1);
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_EQ(fixture->seen.contexts.load(), 1);  // a journal may still be using it
    fixture->seen.answer_later();                 // posting to a stopped thread is harmless
    fixture->server.reset();
    EXPECT_EQ(fixture->seen.contexts.load(), 0);
}

TEST(Start, SaysWhatIsWrongWithAnAddress) {
    auto const start = [](std::string const& address, unsigned threads) {
        Options options;
        options.threads = threads;
        options.listen = {address};
        test::Seen seen;
        auto result = Server::start(options, system_clock(), [&](Executor& executor) {
            return std::make_unique<test::EchoHandler>(seen, executor);
        });
        return result ? std::string() : result.error().message();
    };
    EXPECT_THAT(start("localhost:80", 1), testing::HasSubstr("not IP:PORT"));
    EXPECT_THAT(start("127.0.0.1", 1), testing::HasSubstr("not IP:PORT"));
    EXPECT_THAT(start("127.0.0.1:99999", 1), testing::HasSubstr("not IP:PORT"));
    EXPECT_THAT(start("192.0.2.1:0", 1), testing::HasSubstr("192.0.2.1:0"));
    HttpFixture running;
    auto const taken = running.server->addresses().front();
    EXPECT_THAT(start(taken, 1), testing::HasSubstr("Address already in use"));
    EXPECT_THAT(start(taken, 2), testing::HasSubstr("Address already in use"));
}

TEST(Start, RefusesAnAddressThatOtherThreadsShareAlready) {
    Options options = HttpFixture::one_thread();
    options.threads = 2;
    HttpFixture running(options);
    EXPECT_FALSE(check_address_is_free(running.server->addresses().front()));
}

TEST(Start, TakesOverInheritedSockets) {
    auto const listening = open_listener("127.0.0.1:0", false);
    ASSERT_TRUE(listening.has_value());
    Options options;
    options.threads = 2;
    options.inherited = {listening.value()};
    HttpFixture fixture(options);
    EXPECT_EQ(fixture.server->addresses().front(), bound_address(listening.value()));
    for (int i = 0; i < 10; ++i)
        EXPECT_EQ(fixture.connect().send(kRequest).read_reply().status, 200);
    ::close(listening.value());
}

}  // namespace
}  // namespace inlet::http
