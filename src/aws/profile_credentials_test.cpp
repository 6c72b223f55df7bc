#include "aws/profile_credentials.hpp"

#include <fstream>

#include "aws/credential_fixture.hpp"
#include "aws/web_identity_credentials.hpp"

namespace inlet::aws {
namespace {

class ProfileTest : public CredentialTest {
  protected:
    std::string token_file(std::string const& text) {
        auto path = testing::TempDir() + "inlet_web_identity_token";
        std::ofstream(path, std::ios::binary) << text;
        return path;
    }
    Result<std::optional<Credentials>> fetch() { return ProfileCredentials(context()).fetch(); }
};

TEST_F(ProfileTest, GivesNothingIfThereIsNoneOrItSaysNothing) {
    EXPECT_EQ(outcome(fetch()), "");
    settings.profiles["default"]["region"] = "eu-west-1";
    settings.profiles["other"]["aws_access_key_id"] = kKeyId;
    EXPECT_EQ(outcome(fetch()), "");
}

TEST_F(ProfileTest, GivesItsKeys) {
    settings.profile = "work";
    settings.profiles["work"] = {{"aws_access_key_id", kKeyId},
                                 {"aws_secret_access_key", kSecret},
                                 {"aws_session_token", kToken}};
    auto const found = fetch();
    ASSERT_EQ(outcome(found), kKeyId);
    EXPECT_EQ(found.value()->session_token, kToken);
    EXPECT_EQ(ProfileCredentials(context()).name(), "profile \"work\"");
    settings.profiles["work"].erase("aws_secret_access_key");
    expect_error(fetch(), Errc::invalid, "profile \"work\": the secret access key is missing");
}

TEST_F(ProfileTest, RunsItsProgramIfItHasNoKeys) {
    settings.profiles["default"]["credential_process"] =
        R"(echo '{"Version":1,"AccessKeyId":"AKPROGRAM","SecretAccessKey":"s"}')";
    EXPECT_EQ(outcome(fetch()), "AKPROGRAM");
    settings.profiles["default"]["aws_access_key_id"] = kKeyId;
    settings.profiles["default"]["aws_secret_access_key"] = kSecret;
    EXPECT_EQ(outcome(fetch()), kKeyId);
    settings.profiles["default"] = {{"credential_process", "false"}};
    expect_error(fetch(), Errc::unavailable,
                 "profile \"default\": credential_process: false ended with status 1");
}

TEST_F(ProfileTest, TakesARoleWithItsTokenFile) {
    settings.profiles["default"] = {{"role_arn", "arn:pod"},
                                    {"role_session_name", "me"},
                                    {"web_identity_token_file", token_file("one\n")}};
    http.answer("POST", kSts, 200, sts_reply("AssumeRoleWithWebIdentity"));
    EXPECT_EQ(outcome(fetch()), "ASIAROLE000000000001");
    EXPECT_THAT(http.seen[0].body, testing::EndsWith("&RoleSessionName=me&WebIdentityToken=one"));
    settings.profiles["default"].erase("role_arn");
    expect_error(fetch(), Errc::invalid, "role_arn is not");
}

TEST_F(ProfileTest, ThatOnlySignsOnInABrowserSaysWhatToWrite) {
    for (auto const* key : {"sso_session", "sso_start_url", "login_session"}) {
        settings.profiles["default"] = {{key, "x"}, {"region", "eu-west-1"}};
        expect_error(fetch(), Errc::invalid,
                     "credential_process = aws configure export-credentials --profile default "
                     "--format process");
    }
    settings.profiles["default"]["credential_process"] =
        R"(echo '{"Version":1,"AccessKeyId":"AKPROGRAM","SecretAccessKey":"s"}')";
    EXPECT_EQ(outcome(fetch()), "AKPROGRAM");
}

TEST_F(ProfileTest, WebIdentityOfTheEnvironmentReadsItsFileEachTime) {
    WebIdentityCredentials provider(context());
    EXPECT_EQ(outcome(provider.fetch()), "");
    variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = token_file("first");
    expect_error(provider.fetch(), Errc::invalid, "AWS_ROLE_ARN is not");
    variables["AWS_ROLE_ARN"] = "arn:pod";
    variables["AWS_ROLE_SESSION_NAME"] = "pod-7";
    http.answer("POST", kSts, 200, sts_reply("AssumeRoleWithWebIdentity"));
    EXPECT_EQ(outcome(provider.fetch()), "ASIAROLE000000000001");
    token_file("second");
    EXPECT_EQ(outcome(provider.fetch()), "ASIAROLE000000000001");
    EXPECT_THAT(http.seen[0].body, testing::EndsWith("=pod-7&WebIdentityToken=first"));
    EXPECT_THAT(http.seen[1].body, testing::EndsWith("=pod-7&WebIdentityToken=second"));
}

TEST_F(ProfileTest, WebIdentityNeedsATokenOfItsSize) {
    variables = {{"AWS_ROLE_ARN", "arn:pod"}, {"AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token"}};
    expect_error(WebIdentityCredentials(context()).fetch(), Errc::not_found, "/nowhere/token");
    variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = token_file(" \n");
    expect_error(WebIdentityCredentials(context()).fetch(), Errc::invalid, "holds no token");
    token_file(std::string(20'001, 'x'));
    expect_error(WebIdentityCredentials(context()).fetch(), Errc::invalid, "");
    EXPECT_TRUE(http.seen.empty());
}

}  // namespace
}  // namespace inlet::aws
