// TLS with real handshakes, and certificates that are replaced while the server runs.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include "http/server.hpp"
#include "support/certificate.hpp"
#include "support/http_fixture.hpp"
#include "support/manual_clock.hpp"
#include "support/tls_client.hpp"

namespace inlet::http {
namespace {

using test::Certificate;
using test::eventually;
using test::HttpFixture;
using test::make_certificate;
using test::TlsClient;
using test::TlsOptions;

std::string const kRequest = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

class Tls : public testing::Test {
  protected:
    // The client's OpenSSL writes into connections that the server has closed.
    static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }

    Tls() {
        std::filesystem::create_directories(dir_);
        install(make_certificate("first"));
        Options options = HttpFixture::one_thread();
        options.tls_listen = {"127.0.0.1:0"};
        options.tls = {(dir_ / "cert.pem").string(), (dir_ / "key.pem").string()};
        options.limits.write_timeout_ms = 20;  // deadlines are looked at every 5 ms
        fixture_.emplace(options, clock_);
    }
    ~Tls() override { std::filesystem::remove_all(dir_); }

    static void write(std::filesystem::path const& path, std::string const& text) {
        std::ofstream(path.string() + ".new") << text;
        std::filesystem::rename(path.string() + ".new", path);  // as certbot does it, in one step
    }
    void install(Certificate const& certificate) {
        write(dir_ / "cert.pem", certificate.pem);
        write(dir_ / "key.pem", certificate.key_pem);
    }
    TlsClient connect(TlsOptions const& options = {}) {
        return TlsClient(fixture_->server->tls_addresses().front(), options);
    }
    std::string reload_error() {
        auto const result = fixture_->server->reload_tls();
        return result ? std::string() : result.error().message();
    }
    Stats const& stats() { return fixture_->stats(); }

    std::filesystem::path const dir_ =
        std::filesystem::temp_directory_path() / ("inlet-tls-" + std::to_string(::getpid()));
    test::ManualClock clock_{static_cast<std::int64_t>(std::time(nullptr)) * 1000};
    std::optional<HttpFixture> fixture_;
};

TEST_F(Tls, SpeaksTls12And13) {
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto client = connect({.min_version = version, .max_version = version});
        ASSERT_TRUE(client.connected());
        auto const reply = client->send(kRequest).read_reply();
        EXPECT_EQ(reply.status, 200);
        EXPECT_EQ(reply.header("Strict-Transport-Security"), "max-age=63072000");
        EXPECT_EQ(client.version(), version == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
    }
}

TEST_F(Tls, RefusesOldProtocolsAndCiphers) {
    EXPECT_FALSE(
        connect({.min_version = TLS1_1_VERSION, .max_version = TLS1_1_VERSION}).connected());
    EXPECT_FALSE(
        connect({.max_version = TLS1_2_VERSION, .ciphers = "ECDHE-ECDSA-AES128-SHA"}).connected());
    EXPECT_TRUE(eventually([&] { return stats().tls_handshake_errors.get() == 2; }));
}

TEST_F(Tls, NegotiatesHttp11Only) {
    EXPECT_EQ(connect({.protocols = "\x02h2\x08http/1.1"}).protocol(), "http/1.1");
    EXPECT_EQ(connect().protocol(), "");
    EXPECT_FALSE(connect({.protocols = "\x02h2"}).connected());
}

TEST_F(Tls, CarriesLargeBodiesBothWays) {
    auto client = connect();
    std::string const body(1'000'000, 'x');
    client->send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + body);
    EXPECT_TRUE(client->read_reply().body == body);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(client->send(kRequest).read_reply().status, 200);
}

TEST_F(Tls, ReadsRequestsSplitAtEveryByte) {
    auto client = connect();
    std::string const both =
        kRequest + "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    for (std::size_t split = 1; split < both.size(); ++split) {
        client->send(both.substr(0, split));
        client->send(both.substr(split));
        ASSERT_EQ(client->read_reply().body, "GET /");
        ASSERT_EQ(client->read_reply().body, "abc");
    }
}

TEST_F(Tls, EndsWithACloseNotify) {
    auto client = connect();
    client->send("GET /close HTTP/1.1\r\nHost: a\r\n\r\n").read_reply();
    EXPECT_TRUE(client->is_closed_by_server());
    EXPECT_TRUE(client.ended_with_close_notify());
}

TEST_F(Tls, ClosesWhatIsNoTls) {
    test::RawClient client(fixture_->server->tls_addresses().front());
    client.send(kRequest).read_to_end();
    EXPECT_FALSE(client.timed_out());
    EXPECT_TRUE(eventually([&] { return stats().tls_handshake_errors.get() == 1; }));
}

TEST_F(Tls, GivesAHandshakeTheTimeOfAHead) {
    test::RawClient client(fixture_->server->tls_addresses().front());
    ASSERT_TRUE(eventually([&] { return stats().accepted.get() == 1; }));
    clock_.advance_ms(10'001);
    EXPECT_TRUE(client.is_closed_by_server());
}

TEST_F(Tls, ServesPlainHttpBesideIt) {
    auto plain = fixture_->connect();
    auto const reply = plain.send(kRequest).read_reply();
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.header("Strict-Transport-Security"), "");
}

TEST_F(Tls, ReplacesTheCertificateForNewConnections) {
    auto before = connect();
    EXPECT_EQ(before.common_name(), "first");
    install(make_certificate("second"));
    EXPECT_EQ(reload_error(), "");
    EXPECT_EQ(connect().common_name(), "second");
    EXPECT_EQ(before->send(kRequest).read_reply().status, 200);
    EXPECT_EQ(stats().tls_reloads.get(), 1u);
}

TEST_F(Tls, KeepsTheCertificateIfTheNewOneIsBad) {
    auto const now = static_cast<std::int64_t>(std::time(nullptr));
    auto const good = make_certificate("good");
    struct Row {
        Certificate certificate;
        std::string error;
    };
    std::vector<Row> const rows = {
        {{"no PEM", good.key_pem}, "no certificate"},
        {{"", ""}, "no certificate"},
        {{good.pem, "no PEM"}, "no key of"},
        {{good.pem, make_certificate("other").key_pem}, "no key of"},
        {{good.pem.substr(0, good.pem.size() / 2), good.key_pem}, "no certificate"},
        {make_certificate("old", now - 7200, now - 3600), "has expired"},
        {make_certificate("new", now + 3600, now + 7200), "not valid yet"},
    };
    auto const not_after = stats().tls_not_after_seconds.get();
    EXPECT_NEAR(static_cast<double>(not_after), static_cast<double>(now + 3600), 60);
    for (Row const& row : rows) {
        install(row.certificate);
        EXPECT_THAT(reload_error(), testing::HasSubstr(row.error));
        EXPECT_EQ(connect().common_name(), "first") << row.error;
    }
    std::filesystem::remove(dir_ / "key.pem");
    EXPECT_THAT(reload_error(), testing::HasSubstr("No such file"));
    EXPECT_EQ(stats().tls_reload_errors.get(), rows.size() + 1);
    EXPECT_EQ(stats().tls_not_after_seconds.get(), not_after);
}

TEST_F(Tls, NoticesChangedFilesByItself) {
    install(make_certificate("second"));
    EXPECT_TRUE(eventually([&] {
        clock_.advance_ms(1'000);
        return stats().tls_reloads.get() == 1;
    }));
    EXPECT_EQ(connect().common_name(), "second");
    write(dir_ / "cert.pem", "broken");
    EXPECT_TRUE(eventually([&] {
        clock_.advance_ms(1'000);
        return stats().tls_reload_errors.get() == 1;
    }));
    EXPECT_EQ(connect().common_name(), "second");
}

TEST_F(Tls, StartsWithAnExpiredCertificateSoThatItCanBeRenewed) {
    auto const now = static_cast<std::int64_t>(std::time(nullptr));
    install(make_certificate("old", now - 7200, now - 3600));
    Options options = HttpFixture::one_thread();
    options.tls_listen = {"127.0.0.1:0"};
    options.tls = {(dir_ / "cert.pem").string(), (dir_ / "key.pem").string()};
    fixture_.reset();
    fixture_.emplace(options, clock_);
    EXPECT_EQ(fixture_->connect().send(kRequest).read_reply().status, 200);
    EXPECT_EQ(connect().common_name(), "old");
    install(make_certificate("new"));
    EXPECT_EQ(reload_error(), "");
    EXPECT_EQ(connect().common_name(), "new");
    EXPECT_EQ(stats().tls_reload_errors.get(), 0u);
}

TEST_F(Tls, DoesNotStartWithoutAGoodCertificate) {
    Options options;
    options.tls_listen = {"127.0.0.1:0"};
    options.tls = {(dir_ / "absent.pem").string(), (dir_ / "key.pem").string()};
    test::Seen seen;
    auto const started = Server::start(options, clock_, [&](Executor& executor) {
        return std::make_unique<test::EchoHandler>(seen, executor);
    });
    ASSERT_FALSE(started.has_value());
    EXPECT_THAT(started.error().message(), testing::HasSubstr("absent.pem"));
}

}  // namespace
}  // namespace inlet::http
