#include "aws/container_credentials.hpp"

#include <fstream>

#include "aws/credential_fixture.hpp"

namespace inlet::aws {
namespace {

class ContainerTest : public CredentialTest {
  protected:
    static constexpr char const* kTask = "http://169.254.170.2/v2/credentials/1?id=2";
    static constexpr char const* kPod = "http://169.254.170.23/v1/credentials";

    void in_a_task() {
        variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/credentials/1?id=2";
    }
    void in_a_pod() { variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = kPod; }
    std::string token_file(std::string const& text) {
        auto path = testing::TempDir() + "inlet_container_token";
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    Result<std::optional<Credentials>> fetch() { return ContainerCredentials(context()).fetch(); }
};

TEST_F(ContainerTest, GivesNothingIfNoAddressIsSet) {
    variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "t";
    EXPECT_EQ(outcome(fetch()), "");
    EXPECT_TRUE(http.seen.empty());
}

TEST_F(ContainerTest, AsksTheTasksAddress) {
    in_a_task();
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = kPod;  // weaker
    http.answer("GET", kTask, 200, document());
    auto const found = fetch();
    ASSERT_EQ(outcome(found), kKeyId);
    EXPECT_EQ(found.value()->session_token, kToken);
    EXPECT_EQ(found.value()->expires_unix_ms, 1'795'367'042'000);
    EXPECT_EQ(http.seen[0].header("authorization"), "");
    EXPECT_EQ(http.seen[0].request.timeout_ms, 2'000);
}

TEST_F(ContainerTest, SendsTheTokenOfTheFileReadEachTimeBeforeThatOfTheVariable) {
    in_a_pod();
    http.answer("GET", kPod, 200, document());
    variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "Bearer variable";
    EXPECT_EQ(outcome(fetch()), kKeyId);
    variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = token_file("first");
    EXPECT_EQ(outcome(fetch()), kKeyId);
    token_file("second");
    EXPECT_EQ(outcome(fetch()), kKeyId);
    EXPECT_EQ(http.seen[0].header("authorization"), "Bearer variable");
    EXPECT_EQ(http.seen[1].header("authorization"), "first");
    EXPECT_EQ(http.seen[2].header("authorization"), "second");
}

TEST_F(ContainerTest, RefusesATokenThatWouldBreakTheHeader) {
    in_a_pod();
    for (auto const& token : {std::string("a\r\nx-evil: 1"), std::string("a\n"), std::string("\r"),
                              std::string("a\0b", 3)}) {
        variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = token;
        expect_error(fetch(), Errc::invalid, "has a line end");
    }
    variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = token_file("good\n");
    expect_error(fetch(), Errc::invalid, "has a line end");
    token_file("");
    expect_error(fetch(), Errc::invalid, "holds no token");
    variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/nowhere/token";
    expect_error(fetch(), Errc::not_found, "/nowhere/token");
    EXPECT_TRUE(http.seen.empty());
}

TEST(ContainerUrl, MayBeHttpsAnywhereAndHttpOnlyNearby) {
    for (auto const* url :
         {"https://example.com/x", "https://example.com:8443", "http://127.0.0.1/x",
          "http://127.1.2.3:80/x", "http://localhost:9/x?y=1#z", "http://[::1]/x",
          "http://[::1]:81", "http://169.254.170.2/x", "http://169.254.170.23/v1/credentials",
          "http://[fd00:ec2::23]/v1/credentials"}) {
        EXPECT_TRUE(check_container_url(url)) << url;
    }
    for (auto const* url : {"http://example.com/x",
                            "http://169.254.170.3/x",
                            "http://169.254.169.254/x",
                            "http://10.0.0.1/x",
                            "http://[fd00:ec2::24]/x",
                            "http://[::2]/x",
                            "http://127.1/x",
                            "http://2130706433/x",
                            "http://0x7f.0.0.1/x",
                            "http://localhost.example.com/x",
                            "http://127.0.0.1.example.com/x",
                            "http://169.254.170.2@example.com/x",
                            "http://example.com\\@127.0.0.1/x",
                            "http://127.0.0.1:80@example.com/",
                            "http://127.0.0.1:x/",
                            "http://127.0.0.1:123456/",
                            "http://[::1]x/",
                            "http://[::1",
                            "http:///x",
                            "http://",
                            "https://",
                            "https:///x",
                            "ftp://127.0.0.1/x",
                            "file:///etc/passwd",
                            "127.0.0.1",
                            "",
                            "http://127.0.0.1/a b",
                            "http://127.0.0.1/\r\nx: y",
                            "HTTP://127.0.0.1/"}) {
        EXPECT_FALSE(check_container_url(url)) << url;
    }
}

TEST_F(ContainerTest, SendsNothingToAnAddressThatIsNotAllowed) {
    variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "secret";
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://example.com/x";
    expect_error(fetch(), Errc::invalid, "http is for 127.0.0.0/8");
    variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "@example.com/x";
    expect_error(fetch(), Errc::invalid, "does not start with a slash");
    EXPECT_TRUE(http.seen.empty());
}

TEST_F(ContainerTest, TriesThreeTimesWithPauses) {
    in_a_task();
    http.fail_with("GET", kTask, Errc::timeout);
    http.answer("GET", kTask, 503);
    http.answer("GET", kTask, 200, document());
    EXPECT_EQ(outcome(fetch()), kKeyId);
    EXPECT_EQ(interrupt.sleeps, (std::vector<std::int64_t>{1'000, 1'000}));

    http.forget();
    http.answer("GET", kTask, 500, R"({"code":"InternalServerError","message":"try later"})");
    expect_error(fetch(), Errc::unavailable, "status 500 (InternalServerError: try later)");
    EXPECT_EQ(http.seen.size(), 6u);
    EXPECT_EQ(interrupt.sleeps.size(), 4u);
}

TEST_F(ContainerTest, TriesOnceIfItIsRefused) {
    in_a_pod();
    http.answer("GET", kPod, 401, R"({"code":"Unauthorized","message":"token is not valid"})");
    expect_error(fetch(), Errc::rejected, "status 401 (Unauthorized: token is not valid)");
    EXPECT_EQ(http.seen.size(), 1u);
}

TEST_F(ContainerTest, DoesNotTryAgainOnceInterrupted) {
    in_a_pod();
    interrupt.raise();
    expect_error(fetch(), Errc::unavailable, "Connection refused");
    EXPECT_EQ(http.seen.size(), 1u);
}

TEST_F(ContainerTest, RefusesHostileReplies) {
    in_a_pod();
    for (auto const& text : hostile_documents(document())) {
        http.forget();
        http.answer("GET", kPod, 200, text);
        expect_error(fetch(), Errc::invalid, kPod);
        http.forget();
        http.answer("GET", kPod, 302, text);
        expect_error(fetch(), Errc::rejected, "status 302");
    }
}

}  // namespace
}  // namespace inlet::aws
