#include "aws/role_credentials.hpp"

#include "aws/credential_fixture.hpp"

namespace inlet::aws {
namespace {

class RoleTest : public CredentialTest {
  protected:
    RoleTest() { http.answer("POST", kSts, 200, sts_reply()); }

    Result<std::optional<Credentials>> fetch() { return RoleCredentials(context()).fetch(); }
    // Whose keys signed the n-th call.
    std::string signer(std::size_t n) {
        auto const authorization = http.seen.at(n).header("authorization");
        auto const begin = authorization.find("Credential=") + 11;
        return authorization.substr(begin, authorization.find('/', begin) - begin);
    }
    void keys_of(std::string const& profile, std::string const& key_id) {
        settings.profiles[profile]["aws_access_key_id"] = key_id;
        settings.profiles[profile]["aws_secret_access_key"] = kSecret;
    }
    std::map<std::string, std::string>& root() { return settings.profiles["default"]; }
};

TEST_F(RoleTest, IsNothingWithoutARoleOrWithAToken) {
    EXPECT_EQ(outcome(fetch()), "");
    keys_of("default", "AKDEFAULT");
    EXPECT_EQ(outcome(fetch()), "");
    root()["role_arn"] = "arn:pod";
    root()["web_identity_token_file"] = "/token";
    EXPECT_EQ(outcome(fetch()), "");
}

TEST_F(RoleTest, IsTakenWithTheKeysOfAnotherProfile) {
    keys_of("base", "AKBASE");
    root() = {{"role_arn", "arn:a"},
              {"source_profile", "base"},
              {"external_id", "secret-handshake"},
              {"role_session_name", "collector"},
              {"duration_seconds", "1800"}};
    EXPECT_EQ(outcome(fetch()), "ASIAROLE000000000001");
    EXPECT_EQ(signer(0), "AKBASE");
    EXPECT_THAT(http.seen[0].body,
                testing::EndsWith("&RoleArn=arn%3Aa&RoleSessionName=collector"
                                  "&ExternalId=secret-handshake&DurationSeconds=1800"));
}

TEST_F(RoleTest, IsTakenWithAnotherRoleAndSoOn) {
    http.forget();
    http.answer("POST", kSts, 200, sts_reply("AssumeRole", "ASIAMIDDLE0000000001"));
    http.answer("POST", kSts, 200, sts_reply("AssumeRole", "ASIATOP0000000000001"));
    keys_of("base", "AKBASE");
    settings.profiles["middle"] = {{"role_arn", "arn:m"}, {"source_profile", "base"}};
    root() = {{"role_arn", "arn:t"}, {"source_profile", "middle"}};
    EXPECT_EQ(outcome(fetch()), "ASIATOP0000000000001");
    EXPECT_EQ(signer(0), "AKBASE");
    EXPECT_EQ(signer(1), "ASIAMIDDLE0000000001");
}

TEST_F(RoleTest, IsTakenWithWhatElseItsSourceHas) {
    root() = {{"role_arn", "arn:a"}, {"source_profile", "base"}};
    settings.profiles["base"]["credential_process"] =
        R"(echo '{"Version":1,"AccessKeyId":"AKPROGRAM","SecretAccessKey":"s"}')";
    EXPECT_EQ(outcome(fetch()), "ASIAROLE000000000001");
    EXPECT_EQ(signer(0), "AKPROGRAM");
    settings.profiles["base"] = {{"region", "x"}};
    expect_error(fetch(), Errc::invalid, "profile \"base\": is a source_profile and has no");
}

TEST_F(RoleTest, IsTakenWithItsOwnKeysIfItNamesItself) {
    keys_of("default", "AKSELF");
    root()["role_arn"] = "arn:a";
    root()["source_profile"] = "default";
    EXPECT_EQ(outcome(fetch()), "ASIAROLE000000000001");
    EXPECT_EQ(signer(0), "AKSELF");
}

TEST_F(RoleTest, ThatClosesACircleIsAnError) {
    root() = {{"role_arn", "arn:a"}, {"source_profile", "default"}};
    expect_error(fetch(), Errc::invalid, "source_profile \"default\" closes a circle");
    root()["source_profile"] = "b";
    settings.profiles["b"] = {{"role_arn", "arn:b"}, {"source_profile", "c"}};
    settings.profiles["c"] = {{"role_arn", "arn:c"}, {"source_profile", "b"}};
    expect_error(fetch(), Errc::invalid, "profile \"c\": source_profile \"b\" closes a circle");
    settings.profiles["c"]["source_profile"] = "default";
    expect_error(fetch(), Errc::invalid,
                 "profile \"c\": source_profile \"default\" closes a circle");
    EXPECT_TRUE(http.seen.empty());
}

TEST_F(RoleTest, IsTakenWithAPlaceThatIsNamed) {
    root() = {{"role_arn", "arn:a"}, {"credential_source", "Environment"}};
    expect_error(fetch(), Errc::invalid, "credential_source Environment has no credentials");
    variables = {{"AWS_ACCESS_KEY_ID", "AKVARIABLE"}, {"AWS_SECRET_ACCESS_KEY", kSecret}};
    EXPECT_EQ(outcome(fetch()), "ASIAROLE000000000001");
    EXPECT_EQ(signer(0), "AKVARIABLE");

    root()["credential_source"] = "EcsContainer";
    variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/task";
    http.answer("GET", "http://169.254.170.2/task", 200, document("ASIATASK"));
    EXPECT_EQ(outcome(fetch()), "ASIAROLE000000000001");
    EXPECT_EQ(signer(2), "ASIATASK");

    root()["credential_source"] = "Ec2InstanceMetadata";
    expect_error(fetch(), Errc::unavailable, "169.254.169.254");
}

TEST_F(RoleTest, IsRefusedIfItsProfileMakesNoSense) {
    std::pair<std::map<std::string, std::string>, char const*> const cases[] = {
        {{}, "role_arn needs source_profile or credential_source"},
        {{{"source_profile", "base"}, {"credential_source", "Environment"}}, "has both"},
        {{{"source_profile", "nobody"}}, "source_profile \"nobody\" does not exist"},
        {{{"credential_source", "environment"}}, "is none of Environment"},
        {{{"source_profile", "base"}, {"mfa_serial", "x"}}, "mfa_serial is not supported"},
        {{{"source_profile", "base"}, {"duration_seconds", "60"}}, "from 900 to 43200"},
        {{{"source_profile", "base"}, {"duration_seconds", "1h"}}, "from 900 to 43200"},
    };
    keys_of("base", "AKBASE");
    for (auto const& [entries, part] : cases) {
        root() = entries;
        root()["role_arn"] = "arn:a";
        expect_error(fetch(), Errc::invalid, part);
    }
    EXPECT_TRUE(http.seen.empty());
}

}  // namespace
}  // namespace inlet::aws
