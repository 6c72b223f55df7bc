// Whose request it is when proxies stand between: PROXY protocol and X-Forwarded-For.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <string>

#include "http/server.hpp"
#include "support/certificate.hpp"
#include "support/http_fixture.hpp"
#include "support/manual_clock.hpp"
#include "support/proxy_text.hpp"
#include "support/tls_client.hpp"

namespace inlet::http {
namespace {

using test::eventually;
using test::HttpFixture;
using test::proxy_header;
using test::proxy_header_for;
using test::RawClient;

std::string ask(std::string const& headers = "") {
    return "GET /client HTTP/1.1\r\nHost: a\r\n" + headers + "\r\n";
}

// Our clients come from 127.0.0.1, which is a trusted proxy here.
Options behind_proxies() {
    Options options = HttpFixture::one_thread();
    options.trusted_proxies = {"127.0.0.0/8", "10.0.0.0/8"};
    return options;
}

Options with_proxy_protocol() {
    Options options = behind_proxies();
    options.proxy_protocol = options.listen;
    return options;
}

std::string const kHeader = proxy_header_for("203.0.113.7");

TEST(ForwardedRequest, ComesFromTheClientThatATrustedProxyNames) {
    HttpFixture fixture{behind_proxies()};
    auto client = fixture.connect();
    EXPECT_EQ(client.send(ask()).read_reply().body, "127.0.0.1");
    EXPECT_EQ(client.send(ask("X-Forwarded-For: 203.0.113.7\r\n")).read_reply().body,
              "203.0.113.7");
    EXPECT_EQ(
        client.send(ask("X-Forwarded-For: 1.1.1.1, 203.0.113.7, 10.1.1.1\r\n")).read_reply().body,
        "203.0.113.7");
}

TEST(ForwardedRequest, ComesFromItsSenderIfThatIsNoTrustedProxy) {
    HttpFixture fixture;
    EXPECT_EQ(fixture.connect().send(ask("X-Forwarded-For: 203.0.113.7\r\n")).read_reply().body,
              "127.0.0.1");
}

TEST(ProxyProtocol, NamesTheClientOfAllRequestsOfAConnection) {
    HttpFixture fixture{with_proxy_protocol()};
    for (auto const* address : {"203.0.113.7", "2001:db8::9"}) {
        auto client = fixture.connect();
        client.send(proxy_header_for(address) + ask() + ask());
        EXPECT_EQ(client.read_reply().body, address);
        EXPECT_EQ(client.read_reply().body, address);
    }
}

TEST(ProxyProtocol, MayComeInPieces) {
    HttpFixture fixture{with_proxy_protocol()};
    auto client = fixture.connect();
    for (char const c : kHeader) {
        client.send({&c, 1});
        client.wait_until_received();
    }
    EXPECT_EQ(client.send(ask()).read_reply().body, "203.0.113.7");
}

TEST(ProxyProtocol, LetsTheProxySpeakForItself) {
    HttpFixture fixture{with_proxy_protocol()};
    auto client = fixture.connect();
    EXPECT_EQ(client.send(proxy_header('\x20', '\x00', "") + ask()).read_reply().body, "127.0.0.1");
}

TEST(ProxyProtocol, BelievesNothingThatAClientWithoutANameSaysOfItself) {
    HttpFixture fixture{with_proxy_protocol()};
    auto client = fixture.connect();
    client.send(proxy_header('\x21', '\x00', "") + ask("X-Forwarded-For: 203.0.113.7\r\n"));
    EXPECT_EQ(client.read_reply().body, "127.0.0.1");
}

TEST(ProxyProtocol, KeepsNoStopWaitingForARequest) {
    test::ManualClock clock;
    HttpFixture fixture{with_proxy_protocol(), clock};
    auto client = fixture.connect();
    client.send(kHeader.substr(0, 20)).wait_until_received();
    ASSERT_TRUE(eventually([&] { return fixture.stats().connections.get() == 1; }));
    fixture.server->stop_accepting();
    client.send(kHeader.substr(20)).wait_until_received();
    EXPECT_TRUE(eventually([&] {
        clock.advance_ms(1);
        return fixture.stats().connections.get() == 0;
    }));
    EXPECT_EQ(fixture.stats().proxy_headers_malformed.get(), 0U);
}

TEST(ProxyProtocol, MayNameAProxyThatForwards) {
    HttpFixture fixture{with_proxy_protocol()};
    auto const headers = "X-Forwarded-For: 203.0.113.7\r\n";
    auto near = fixture.connect();
    EXPECT_EQ(near.send(proxy_header_for("10.1.1.1") + ask(headers)).read_reply().body,
              "203.0.113.7");
    auto far = fixture.connect();
    EXPECT_EQ(far.send(proxy_header_for("198.51.100.1") + ask(headers)).read_reply().body,
              "198.51.100.1")
        << "a client's own X-Forwarded-For";
}

TEST(ProxyProtocol, ClosesWhatDoesNotSpeakItAndReadsNoRequest) {
    HttpFixture fixture{with_proxy_protocol()};
    auto changed = kHeader;
    changed[12] = '\x22';
    std::uint64_t closed = 0;
    for (auto const& bytes : {ask(), "PROXY TCP4 203.0.113.7 10.0.0.1 1 2\r\n" + ask(),
                              changed + ask(), proxy_header('\x21', '\x11', "") + ask()}) {
        auto client = fixture.connect();
        client.send(bytes);
        EXPECT_EQ(client.read_to_end(), "") << bytes;
        EXPECT_FALSE(client.timed_out()) << bytes;
        EXPECT_EQ(fixture.stats().proxy_headers_malformed.get(), ++closed);
    }
    auto torn = fixture.connect();
    torn.send(kHeader.substr(0, 20)).finish_sending();
    EXPECT_TRUE(torn.is_closed_by_server());
    EXPECT_EQ(fixture.stats().proxy_headers_malformed.get(), ++closed);
    EXPECT_EQ(fixture.seen.count(), 0U);
    EXPECT_EQ(fixture.stats().requests.get(), 0U);
}

TEST(ProxyProtocol, DoesNotMindACheckOfThePort) {
    HttpFixture fixture{with_proxy_protocol()};
    auto client = fixture.connect();
    client.finish_sending();
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_EQ(fixture.stats().proxy_headers_malformed.get(), 0U);
}

TEST(ProxyProtocol, IsForTrustedProxiesAlone) {
    Options options = with_proxy_protocol();
    options.trusted_proxies = {"10.0.0.0/8"};
    HttpFixture fixture{options};
    auto client = fixture.connect();
    client.send(kHeader + ask());
    EXPECT_EQ(client.read_to_end(), "");
    EXPECT_EQ(fixture.stats().proxy_headers_untrusted.get(), 1U);
    EXPECT_EQ(fixture.seen.count(), 0U);
}

TEST(ProxyProtocol, IsNotReadWhereNobodyAskedForIt) {
    HttpFixture fixture{behind_proxies()};
    auto client = fixture.connect();
    EXPECT_EQ(client.send(kHeader + ask()).read_reply().status, 400);
    EXPECT_EQ(fixture.seen.count(), 0U);
}

TEST(ProxyProtocol, HasADeadline) {
    Options options = with_proxy_protocol();
    options.limits.write_timeout_ms = 20;  // deadlines are looked at every 5 ms
    test::ManualClock clock;
    HttpFixture fixture{options, clock};
    auto client = fixture.connect();
    client.send(kHeader.substr(0, 20)).wait_until_received();
    ASSERT_TRUE(eventually([&] { return fixture.stats().connections.get() == 1; }));
    clock.advance_ms(options.limits.header_timeout_ms);
    EXPECT_TRUE(client.is_closed_by_server());
    EXPECT_EQ(fixture.stats().proxy_headers_malformed.get(), 1U);
}

TEST(ProxyProtocol, CountsConnectionsOfTheClientsNotOfTheProxy) {
    Options options = with_proxy_protocol();
    options.limits.max_connections_per_address = 1;
    HttpFixture fixture{options};
    auto first = fixture.connect();
    EXPECT_EQ(first.send(kHeader + ask()).read_reply().status, 200);
    auto other = fixture.connect();
    EXPECT_EQ(other.send(proxy_header_for("203.0.113.8") + ask()).read_reply().status, 200);
    auto second = fixture.connect();
    EXPECT_EQ(second.send(kHeader + ask()).read_to_end(), "");
    EXPECT_EQ(fixture.stats().refused_connections.get(), 1U);
    first.close();
    ASSERT_TRUE(eventually([&] { return fixture.stats().connections.get() == 1; }));
    EXPECT_EQ(fixture.connect().send(kHeader + ask()).read_reply().status, 200);
}

TEST(ProxyProtocol, StandsBeforeTls) {
    std::signal(SIGPIPE, SIG_IGN);
    auto const dir = std::filesystem::path(testing::TempDir()) / "inlet-proxy-test";
    std::filesystem::create_directories(dir);
    auto const certificate = test::make_certificate("proxied");
    std::ofstream(dir / "cert.pem") << certificate.pem;
    std::ofstream(dir / "key.pem") << certificate.key_pem;
    Options options = with_proxy_protocol();
    options.tls_listen = {"127.0.0.1:0"};
    options.tls = {(dir / "cert.pem").string(), (dir / "key.pem").string()};
    HttpFixture fixture{options};
    test::TlsClient client(fixture.server->tls_addresses().front(), {}, kHeader);
    ASSERT_TRUE(client.connected());
    client->send(ask());
    EXPECT_EQ(client->read_reply().body, "203.0.113.7");
    std::filesystem::remove_all(dir);
}

}  // namespace
}  // namespace inlet::http
