#include "aws/instance_credentials.hpp"

#include "aws/credential_fixture.hpp"
#include "aws/instance_metadata.hpp"

namespace inlet::aws {
namespace {

class InstanceTest : public CredentialTest {
  protected:
    std::string const base = "http://169.254.169.254";
    std::string const token_url = base + "/latest/api/token";
    std::string const list_url = base + "/latest/meta-data/iam/security-credentials/";
    std::string const role_url = list_url + "collector-role";

    void on_an_instance(std::string const& credentials = document()) {
        http.forget();
        http.seen.clear();
        http.answer("PUT", token_url, 200, "AQAEAH==");
        http.answer("GET", list_url, 200, "collector-role");
        http.answer("GET", role_url, 200, credentials);
    }
    Result<std::optional<Credentials>> fetch() { return InstanceCredentials(context()).fetch(); }
};

TEST_F(InstanceTest, TakesATokenThenTheRoleThenItsCredentials) {
    on_an_instance();
    auto const found = fetch();
    ASSERT_EQ(outcome(found), kKeyId);
    EXPECT_EQ(found.value()->expires_unix_ms, 1'795'367'042'000);
    EXPECT_THAT(http.lines(),
                testing::ElementsAre("PUT " + token_url, "GET " + list_url, "GET " + role_url));
    EXPECT_EQ(http.seen[0].header("x-aws-ec2-metadata-token-ttl-seconds"), "21600");
    EXPECT_EQ(http.seen[1].header("x-aws-ec2-metadata-token"), "AQAEAH==");
    EXPECT_EQ(http.seen[2].header("x-aws-ec2-metadata-token"), "AQAEAH==");
    for (auto const& one : http.seen) EXPECT_EQ(one.request.timeout_ms, 1'000);
}

TEST_F(InstanceTest, GivesNothingIfItIsDisabled) {
    on_an_instance();
    variables["AWS_EC2_METADATA_DISABLED"] = "TRUE";
    EXPECT_EQ(outcome(fetch()), "");
    EXPECT_TRUE(http.seen.empty());
}

TEST_F(InstanceTest, UsesVersion1WhereNoTokenCanBeHad) {
    for (int const status : {403, 404, 405, 0}) {
        on_an_instance();
        http.forget();
        if (status == 0)
            http.fail_with("PUT", token_url, Errc::timeout);
        else
            http.answer("PUT", token_url, status);
        http.answer("GET", list_url, 200, "collector-role\n");
        http.answer("GET", role_url, 200, document());
        EXPECT_EQ(outcome(fetch()), kKeyId) << status;
        EXPECT_EQ(http.seen.size(), 3u);
        EXPECT_EQ(http.seen[2].header("x-aws-ec2-metadata-token"), "");
        variables["AWS_EC2_METADATA_V1_DISABLED"] = "true";
        expect_error(fetch(), Errc::rejected, "version 1 is disabled");
        EXPECT_EQ(http.seen.size(), 4u);
        variables.clear();
    }
}

TEST_F(InstanceTest, DoesNotUseVersion1AfterOtherFailures) {
    for (int const status : {302, 400, 401, 500, 503}) {
        on_an_instance();
        http.forget();
        http.answer("PUT", token_url, status);
        expect_error(fetch(), status >= 500 ? Errc::unavailable : Errc::rejected,
                     "status " + std::to_string(status));
        EXPECT_EQ(http.seen.size(), 1u);
    }
}

TEST_F(InstanceTest, ThatIsDownOrSlowIsAnError) {
    expect_error(fetch(), Errc::unavailable, "PUT http://169.254.169.254/latest/api/token");
    http.fail_with("PUT", token_url, Errc::timeout);
    http.fail_with("GET", list_url, Errc::timeout);
    expect_error(fetch(), Errc::timeout, list_url);
    on_an_instance();
    http.forget();
    http.answer("PUT", token_url, 200, "AQAEAH==");
    http.answer("GET", list_url, 401);
    expect_error(fetch(), Errc::rejected, "status 401");
}

TEST_F(InstanceTest, WithoutARoleSaysSo) {
    http.answer("PUT", token_url, 200, "AQAEAH==");
    http.answer("GET", list_url, 404, "<html>Not Found</html>");
    expect_error(fetch(), Errc::not_found, "no role is attached to this instance");
    on_an_instance(R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume it"})");
    expect_error(fetch(), Errc::invalid,
                 "role collector-role: AssumeRoleUnauthorizedAccess: EC2 cannot assume it");
}

TEST_F(InstanceTest, TriesAsOftenAndAsLongAsItIsTold) {
    variables = {{"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "3"}, {"AWS_METADATA_SERVICE_TIMEOUT", "5"}};
    http.answer("PUT", token_url, 503);
    http.fail_with("PUT", token_url, Errc::unavailable);
    http.answer("PUT", token_url, 200, "AQAEAH==");
    http.answer("GET", list_url, 200, "collector-role");
    http.answer("GET", role_url, 200, document());
    EXPECT_EQ(outcome(fetch()), kKeyId);
    EXPECT_EQ(http.seen.size(), 5u);
    EXPECT_EQ(http.seen[0].request.timeout_ms, 5'000);
}

TEST_F(InstanceTest, IsAskedWhereTheEnvironmentSays) {
    variables["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] = "IPv6";
    expect_error(fetch(), Errc::unavailable, "http://[fd00:ec2::254]/latest/api/token");
    variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:1338/";
    expect_error(fetch(), Errc::unavailable, "http://127.0.0.1:1338/latest/api/token");
}

TEST_F(InstanceTest, RefusesSettingsThatMakeNoSense) {
    std::pair<char const*, char const*> const cases[] = {
        {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "169.254.169.254"},
        {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://a b/"},
        {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv5"},
        {"AWS_METADATA_SERVICE_TIMEOUT", "0"},
        {"AWS_METADATA_SERVICE_TIMEOUT", "soon"},
        {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "-1"},
        {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "99999999999"},
    };
    for (auto const& [variable, value] : cases) {
        variables = {{variable, value}};
        expect_error(fetch(), Errc::invalid, variable);
    }
    EXPECT_TRUE(http.seen.empty());
}

TEST_F(InstanceTest, RefusesHostileReplies) {
    for (auto const& text : hostile_documents(document())) {
        on_an_instance(text);
        expect_error(fetch(), Errc::invalid, "role collector-role");
        if (text.find_first_not_of(' ') == std::string::npos || text == "null") continue;
        on_an_instance();
        http.forget();
        http.answer("PUT", token_url, 200, "AQAEAH==");
        http.answer("GET", list_url, 200, text);
        expect_error(fetch(), Errc::invalid, "no name of a role");
    }
    for (auto const* token : {"", "a b", "a\r\nx: y", "<html>\n"}) {
        http.forget();
        http.answer("PUT", token_url, 200, token);
        expect_error(fetch(), Errc::invalid, "the reply is no token");
    }
    for (auto const* role : {"../../user-data", "a/b", "a?b", "a b", ""}) {
        on_an_instance();
        http.forget();
        http.answer("PUT", token_url, 200, "AQAEAH==");
        http.answer("GET", list_url, 200, role);
        expect_error(fetch(), Errc::invalid, "no name of a role");
    }
}

TEST_F(InstanceTest, StaleCredentialsAreUsedOn) {
    auto const minutes_left = [&](std::int64_t minutes) {
        auto const now_ms = test::ManualClock::kStart;
        clock.set_unix_ms(1'795'367'042'000 - minutes * 60'000);
        on_an_instance();
        auto const found = fetch();
        clock.set_unix_ms(now_ms);
        return (*found.value()->expires_unix_ms - (1'795'367'042'000 - minutes * 60'000)) / 60'000;
    };
    EXPECT_EQ(minutes_left(60), 60);
    EXPECT_EQ(minutes_left(5), 5);
    for (std::int64_t const minutes : {4, 0, -1, -600}) {
        EXPECT_GE(minutes_left(minutes), 17) << minutes;
        EXPECT_LE(minutes_left(minutes), 25) << minutes;
    }
}

TEST_F(InstanceTest, TellsItsRegion) {
    auto const url = base + "/latest/meta-data/placement/region";
    http.answer("PUT", token_url, 200, "AQAEAH==");
    http.answer("GET", url, 200, "ap-southeast-2");
    auto const region = instance_region(http, environment);
    ASSERT_TRUE(region);
    EXPECT_EQ(region.value(), "ap-southeast-2");
    for (std::string const& text :
         {std::string(), std::string("<html>"), std::string("a.b/c"), std::string(33, 'a')}) {
        http.forget();
        http.answer("PUT", token_url, 200, "AQAEAH==");
        http.answer("GET", url, 200, text);
        EXPECT_EQ(instance_region(http, environment).error().code, Errc::invalid) << text;
    }
    variables["AWS_EC2_METADATA_DISABLED"] = "true";
    EXPECT_EQ(instance_region(http, environment).error().code, Errc::not_found);
}

}  // namespace
}  // namespace inlet::aws
