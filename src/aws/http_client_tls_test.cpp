// The client and servers that it may trust, and those that it must not.
#include <cstdio>
#include <ctime>
#include <fstream>
#include <gtest/gtest.h>

#include <unistd.h>

#include "aws/http_client.hpp"
#include "support/scripted_server.hpp"

namespace inlet::aws {
namespace {

using test::Certificate;
using test::make_certificate;
using test::ok_reply;
using test::ScriptedConnection;
using test::ScriptedServer;
using test::ScriptedTls;

void answer_all(ScriptedConnection& connection) {
    while (!connection.read_request().empty()) connection.send(ok_reply("secret"));
}

// A file of certificates that the client is to trust.
class Bundle {
  public:
    explicit Bundle(Certificate const& certificate)
        : path(::testing::TempDir() + "inlet-bundle-" + std::to_string(::getpid()) + ".pem") {
        std::ofstream(path) << certificate.pem;
    }
    ~Bundle() { std::remove(path.c_str()); }
    std::string const path;
};

Result<HttpReply> ask(ScriptedServer const& server, std::string const& ca_bundle) {
    HttpRequest request;
    request.method = "POST";
    request.url = server.url();
    request.body = "x";
    request.timeout_ms = 5'000;
    return make_http_client({ca_bundle})->send(request);
}

void expect_refused(ScriptedServer& server, Result<HttpReply> const& reply) {
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::unavailable) << reply.error().message();
    EXPECT_FALSE(may_have_arrived(reply.error())) << reply.error().message();
    EXPECT_TRUE(server.requests().empty());
}

TEST(HttpClientTls, TrustsItsBundle) {
    Certificate const certificate = make_certificate("localhost");
    ScriptedServer server(&answer_all, ScriptedTls{certificate});
    auto const reply = ask(server, Bundle(certificate).path);
    ASSERT_TRUE(reply) << reply.error().message();
    EXPECT_EQ(reply.value().body, "secret");
}

TEST(HttpClientTls, RefusesASelfSignedCertificate) {
    ScriptedServer server(&answer_all, ScriptedTls{make_certificate("localhost")});
    expect_refused(server, ask(server, ""));
}

TEST(HttpClientTls, RefusesACertificateThatTheBundleDoesNotHold) {
    ScriptedServer server(&answer_all, ScriptedTls{make_certificate("localhost")});
    expect_refused(server, ask(server, Bundle(make_certificate("localhost")).path));
}

TEST(HttpClientTls, RefusesAnExpiredCertificate) {
    std::int64_t const now = std::time(nullptr);
    Certificate const expired = make_certificate("localhost", now - 7200, now - 3600);
    ScriptedServer server(&answer_all, ScriptedTls{expired});
    expect_refused(server, ask(server, Bundle(expired).path));
}

TEST(HttpClientTls, RefusesACertificateOfAnotherHost) {
    Certificate const other = make_certificate("firehose.example.com");
    ScriptedServer server(&answer_all, ScriptedTls{other});
    expect_refused(server, ask(server, Bundle(other).path));
}

TEST(HttpClientTls, RefusesTls10) {
    Certificate const certificate = make_certificate("localhost");
    ScriptedServer server(&answer_all, ScriptedTls{certificate, true});
    expect_refused(server, ask(server, Bundle(certificate).path));
}

TEST(HttpClientTls, NeverFallsBackToClearText) {
    std::string seen;
    ScriptedServer server([&](ScriptedConnection& c) {
        seen = c.read_some(5);
        c.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    });
    HttpRequest request;
    request.url = "https://localhost:" + std::to_string(server.port()) + "/";
    auto const reply = make_http_client({})->send(request);
    expect_refused(server, reply);
    EXPECT_EQ(server.connections(), 1);
    EXPECT_TRUE(seen.starts_with("\x16\x03")) << "a TLS handshake";
}

TEST(HttpClientTls, ABundleThatIsNotThereIsAMistakeOfTheConfiguration) {
    ScriptedServer server(&answer_all, ScriptedTls{make_certificate("localhost")});
    auto const reply = ask(server, "/nonexistent/bundle.pem");
    ASSERT_FALSE(reply);
    EXPECT_EQ(reply.error().code, Errc::invalid) << reply.error().message();
}

}  // namespace
}  // namespace inlet::aws
