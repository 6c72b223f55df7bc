#include "aws/environment_credentials.hpp"

#include "aws/credential_fixture.hpp"

namespace inlet::aws {
namespace {

using EnvironmentTest = CredentialTest;

TEST_F(EnvironmentTest, GivesNothingIfNoKeyIsSet) {
    variables["AWS_SECRET_ACCESS_KEY"] = kSecret;
    EXPECT_EQ(outcome(EnvironmentCredentials(environment).fetch()), "");
    variables["AWS_ACCESS_KEY_ID"] = "";
    EXPECT_EQ(outcome(EnvironmentCredentials(environment).fetch()), "");
}

TEST_F(EnvironmentTest, GivesKeysThatDoNotExpire) {
    variables["AWS_ACCESS_KEY_ID"] = kKeyId;
    variables["AWS_SECRET_ACCESS_KEY"] = kSecret;
    auto const found = EnvironmentCredentials(environment).fetch();
    ASSERT_EQ(outcome(found), kKeyId);
    EXPECT_EQ(found.value()->secret_access_key, kSecret);
    EXPECT_EQ(found.value()->session_token, "");
    EXPECT_FALSE(found.value()->expires_unix_ms);
}

TEST_F(EnvironmentTest, GivesTemporaryOnesWithTheirTokenAndExpiration) {
    variables = {{"AWS_ACCESS_KEY_ID", kKeyId},
                 {"AWS_SECRET_ACCESS_KEY", kSecret},
                 {"AWS_SESSION_TOKEN", kToken},
                 {"AWS_CREDENTIAL_EXPIRATION", "2026-11-22T11:04:02+00:00"}};
    auto const found = EnvironmentCredentials(environment).fetch();
    ASSERT_EQ(outcome(found), kKeyId);
    EXPECT_EQ(found.value()->session_token, kToken);
    EXPECT_EQ(found.value()->expires_unix_ms, 1'795'345'442'000);
}

TEST_F(EnvironmentTest, RefusesWhatIsIncompleteOrCannotBeSent) {
    variables["AWS_ACCESS_KEY_ID"] = kKeyId;
    expect_error(EnvironmentCredentials(environment).fetch(), Errc::invalid,
                 "AWS_SECRET_ACCESS_KEY is not");
    variables["AWS_SECRET_ACCESS_KEY"] = std::string(kSecret) + "\n";
    expect_error(EnvironmentCredentials(environment).fetch(), Errc::invalid, "a line end");
    variables["AWS_SECRET_ACCESS_KEY"] = kSecret;
    variables["AWS_SESSION_TOKEN"] = "a\r\nx-evil: 1";
    expect_error(EnvironmentCredentials(environment).fetch(), Errc::invalid, "session token");
    variables["AWS_SESSION_TOKEN"] = kToken;
    variables["AWS_CREDENTIAL_EXPIRATION"] = "tomorrow";
    expect_error(EnvironmentCredentials(environment).fetch(), Errc::invalid,
                 "no time: \"tomorrow\"");
}

}  // namespace
}  // namespace inlet::aws
