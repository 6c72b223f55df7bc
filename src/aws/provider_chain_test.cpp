#include "aws/provider_chain.hpp"

#include <fstream>

#include "aws/credential_fixture.hpp"

namespace inlet::aws {
namespace {

class ChainTest : public CredentialTest {
  protected:
    Result<std::optional<Credentials>> fetch() {
        ProviderChain chain(default_providers(context()));
        auto result = chain.fetch();
        found_in = chain.name();
        return result;
    }
    void in_environment() {
        variables["AWS_ACCESS_KEY_ID"] = "AKVARIABLE";
        variables["AWS_SECRET_ACCESS_KEY"] = kSecret;
    }
    void in_role() {
        settings.profiles["default"] = {{"role_arn", "arn:r"}, {"source_profile", "base"}};
        settings.profiles["base"] = {{"aws_access_key_id", "AKBASE"},
                                     {"aws_secret_access_key", kSecret}};
        http.answer("POST", kSts, 200, sts_reply("AssumeRole", "ASIAROLE"));
    }
    void in_web_identity() {
        auto const path = testing::TempDir() + "inlet_chain_token";
        std::ofstream(path, std::ios::binary) << "token";
        variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = path;
        variables["AWS_ROLE_ARN"] = "arn:pod";
        http.answer("POST", kSts, 200, sts_reply("AssumeRoleWithWebIdentity", "ASIAPOD"));
    }
    void in_profile() {
        settings.profiles["default"]["aws_access_key_id"] = "AKPROFILE";
        settings.profiles["default"]["aws_secret_access_key"] = kSecret;
    }
    void in_container() {
        variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://localhost/c";
        http.answer("GET", "http://localhost/c", 200, document("ASIACONTAINER"));
    }
    void on_instance() {
        std::string const list =
            "http://169.254.169.254/latest/meta-data/iam/security-credentials/";
        http.answer("PUT", "http://169.254.169.254/latest/api/token", 200, "t");
        http.answer("GET", list, 200, "r");
        http.answer("GET", list + "r", 200, document("ASIAINSTANCE"));
    }

    std::string found_in;
};

TEST_F(ChainTest, AsksTheLastPlacesLast) {
    on_instance();
    EXPECT_EQ(outcome(fetch()), "ASIAINSTANCE");
    EXPECT_EQ(found_in, "instance metadata");
    in_container();
    EXPECT_EQ(outcome(fetch()), "ASIACONTAINER");
    EXPECT_EQ(found_in, "container");
    in_profile();
    EXPECT_EQ(outcome(fetch()), "AKPROFILE");
    EXPECT_EQ(found_in, "profile \"default\"");
    in_web_identity();
    EXPECT_EQ(outcome(fetch()), "ASIAPOD");
    EXPECT_EQ(found_in, "web identity");
    http.forget();
    in_role();
    EXPECT_EQ(outcome(fetch()), "ASIAROLE");
    EXPECT_EQ(found_in, "role of profile \"default\"");
    in_environment();
    EXPECT_EQ(outcome(fetch()), "AKVARIABLE");
    EXPECT_EQ(found_in, "environment");
}

TEST_F(ChainTest, NamesEachPlaceThatItAsked) {
    variables["AWS_EC2_METADATA_DISABLED"] = "true";
    expect_error(fetch(), Errc::not_found,
                 "no credentials in environment, role of profile \"default\", web identity, "
                 "profile \"default\", container, instance metadata");
    variables.clear();
    expect_error(fetch(), Errc::unavailable,
                 "instance metadata: PUT http://169.254.169.254/latest/api/token (nothing in "
                 "environment, role of profile \"default\", web identity, profile \"default\", "
                 "container): Connection refused");
}

TEST_F(ChainTest, StopsAtAPlaceThatIsConfiguredAndFails) {
    on_instance();
    in_profile();
    in_container();
    settings.profiles["default"].erase("aws_secret_access_key");
    expect_error(fetch(), Errc::invalid,
                 "profile \"default\": the secret access key is missing (nothing");
    settings.profiles.clear();
    http.forget();
    on_instance();
    expect_error(fetch(), Errc::unavailable, "container: GET http://localhost/c");
    variables["AWS_ACCESS_KEY_ID"] = "AK";
    expect_error(fetch(), Errc::invalid, "environment: AWS_ACCESS_KEY_ID is set");
}

TEST_F(ChainTest, AProfileOfOurConfigurationIsStrongerThanVariables) {
    in_environment();
    in_web_identity();
    settings.profile = "work";
    settings.profiles["work"] = {{"aws_access_key_id", "AKWORK"},
                                 {"aws_secret_access_key", kSecret}};
    EXPECT_EQ(outcome(fetch()), "AKWORK");
    variables["AWS_PROFILE"] = "work";
    EXPECT_EQ(outcome(fetch()), "AKVARIABLE");
}

TEST_F(ChainTest, FollowsAHostFromKeysToARole) {
    in_environment();
    on_instance();
    EXPECT_EQ(outcome(fetch()), "AKVARIABLE");
    variables.clear();
    EXPECT_EQ(outcome(fetch()), "ASIAINSTANCE");
}

}  // namespace
}  // namespace inlet::aws
