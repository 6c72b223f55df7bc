#include "aws/settings.hpp"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>

#include <unistd.h>

#include "aws/credential_fixture.hpp"

namespace inlet::aws {
namespace {

// A home folder with files of the AWS tools, and an environment that knows nothing but what is set.
class SettingsTest : public ::testing::Test {
  protected:
    SettingsTest() : home_(::testing::TempDir() + "inlet-settings-" + std::to_string(::getpid())) {
        std::filesystem::create_directories(home_ + "/.aws");
        variables["HOME"] = home_;
    }
    ~SettingsTest() override { std::filesystem::remove_all(home_); }

    void config(std::string_view text) { write(home_ + "/.aws/config", text); }
    void credentials(std::string_view text) { write(home_ + "/.aws/credentials", text); }
    static void write(std::string const& path, std::string_view text) {
        std::ofstream(path) << text;
    }

    Environment environment() {
        return [this](std::string_view name) {
            auto const found = variables.find(std::string(name));
            return found == variables.end() ? std::optional<std::string>() : found->second;
        };
    }
    Result<Settings> load() { return load_settings(options, environment()); }
    Settings loaded() {
        auto settings = load();
        EXPECT_TRUE(settings) << settings.error().message();
        return settings ? settings.value() : Settings();
    }
    std::string host_of(std::string_view service) {
        auto const resolved = resolve_service(loaded(), service);
        EXPECT_TRUE(resolved) << resolved.error().message();
        return resolved ? resolved.value().endpoint.host : std::string();
    }
    std::string refusal() {
        auto const settings = load();
        EXPECT_FALSE(settings);
        if (settings) return {};
        EXPECT_EQ(settings.error().code, Errc::invalid);
        return settings.error().message();
    }

    std::string const home_;
    std::map<std::string, std::string> variables;
    Options options;
};

TEST_F(SettingsTest, NothingIsSaid) {
    Settings const settings = loaded();
    EXPECT_EQ(settings.region, "");
    EXPECT_EQ(settings.profile, "default");
    EXPECT_EQ(settings.ca_bundle, "");
    auto const service = resolve_service(settings, "firehose");
    ASSERT_FALSE(service);
    EXPECT_EQ(service.error().code, Errc::invalid);
    EXPECT_NE(service.error().message().find("AWS_REGION"), std::string::npos);
}

TEST_F(SettingsTest, WithoutAHomeThereAreNoFiles) {
    variables.clear();
    EXPECT_EQ(loaded().profile, "default");
}

TEST_F(SettingsTest, TheRegionComesFromTheStrongestPlace) {
    config("[default]\nregion = from-profile\nca_bundle = /profile.pem\n");
    EXPECT_EQ(loaded().region, "from-profile");
    EXPECT_EQ(loaded().ca_bundle, "/profile.pem");
    variables["AWS_DEFAULT_REGION"] = "from-default";
    EXPECT_EQ(loaded().region, "from-default");
    variables["AWS_REGION"] = "from-env";
    variables["AWS_CA_BUNDLE"] = "/env.pem";
    EXPECT_EQ(loaded().region, "from-env");
    EXPECT_EQ(loaded().ca_bundle, "/env.pem");
    options.region = "from-key";
    options.ca_bundle = "/key.pem";
    EXPECT_EQ(loaded().region, "from-key");
    EXPECT_EQ(loaded().ca_bundle, "/key.pem");
}

TEST_F(SettingsTest, TheInstanceIsAskedForARegionThatNobodyHasSaid) {
    FakeHttp http;
    std::string const base = "http://127.0.0.1:1/latest/";
    variables["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:1";
    http.answer("PUT", base + "api/token", 200, "token");
    http.answer("GET", base + "meta-data/placement/region", 200, "eu-west-3");
    auto settings = loaded();
    ask_instance_for_region(settings, http, environment());
    EXPECT_EQ(settings.region, "eu-west-3");
    EXPECT_EQ(http.seen.size(), 2U);

    ask_instance_for_region(settings, http, environment());
    variables["AWS_ENDPOINT_URL"] = "http://127.0.0.1:2";
    auto elsewhere = loaded();
    ask_instance_for_region(elsewhere, http, environment());
    EXPECT_EQ(http.seen.size(), 2U) << "with a region, or a URL for all services, it is not asked";
}

TEST_F(SettingsTest, WhyTheInstanceTellsNoRegionIsPartOfTheError) {
    FakeHttp http;
    variables["AWS_EC2_METADATA_DISABLED"] = "true";
    auto settings = loaded();
    ask_instance_for_region(settings, http, environment());
    EXPECT_TRUE(http.seen.empty());
    auto const service = resolve_service(settings, "firehose");
    ASSERT_FALSE(service);
    EXPECT_NE(service.error().message().find("AWS_EC2_METADATA_DISABLED"), std::string::npos);
}

TEST_F(SettingsTest, EachServiceMayHaveAUrlUnderTheNameThatTheAwsToolsUse) {
    variables["AWS_REGION"] = "eu-central-1";
    EXPECT_EQ(host_of("monitoring"), "monitoring.eu-central-1.amazonaws.com");
    EXPECT_EQ(host_of("autoscaling"), "autoscaling.eu-central-1.amazonaws.com");
    config(
        "[default]\nservices = mine\n[services mine]\nauto_scaling =\n  endpoint_url = "
        "http://scaling:1\n");
    variables["AWS_ENDPOINT_URL_CLOUDWATCH"] = "http://watch:1";
    EXPECT_EQ(host_of("monitoring"), "watch:1");
    EXPECT_EQ(host_of("autoscaling"), "scaling:1");
}

TEST_F(SettingsTest, AnEmptyVariableIsNotSet) {
    config("[default]\nregion = from-profile\n");
    variables["AWS_REGION"] = "";
    variables["AWS_PROFILE"] = "";
    EXPECT_EQ(loaded().region, "from-profile");
}

TEST_F(SettingsTest, TheProfileComesFromTheStrongestPlace) {
    config("[profile a]\nregion = a\n[profile b]\nregion = b\n[profile c]\nregion = c\n");
    variables["AWS_DEFAULT_PROFILE"] = "a";
    EXPECT_EQ(loaded().region, "a");
    variables["AWS_PROFILE"] = "b";
    EXPECT_EQ(loaded().region, "b");
    options.profile = "c";
    EXPECT_EQ(loaded().region, "c");
    EXPECT_EQ(loaded().profile, "c");
}

TEST_F(SettingsTest, AProfileThatWasAskedForMustBeThere) {
    options.profile = "nobody";
    EXPECT_NE(refusal().find("nobody"), std::string::npos);
}

TEST_F(SettingsTest, KeepsTheEntriesOfTheProfileAndOfThoseItNames) {
    config(
        "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nsource_profile = a\nregion = "
        "x\n"
        "[profile other]\nregion = y\n");
    credentials("[b]\naws_access_key_id = K\nregion = z\n");
    options.profile = "a";
    Settings const settings = loaded();
    EXPECT_EQ(settings.profiles.size(), 2u);
    EXPECT_EQ(settings.profiles.at("a").at("role_arn"), "r");
    EXPECT_EQ(settings.profiles.at("b").at("aws_access_key_id"), "K");
    EXPECT_EQ(settings.profiles.at("b").at("region"), "z") << "credentials are stronger";
}

TEST_F(SettingsTest, FilesMayBeElsewhere) {
    write(home_ + "/my-config", "[profile x]\nregion = from-config\n");
    write(home_ + "/my-credentials", "[x]\naws_access_key_id = K\n");
    variables["AWS_CONFIG_FILE"] = "~/my-config";
    variables["AWS_SHARED_CREDENTIALS_FILE"] = home_ + "/my-credentials";
    options.profile = "x";
    EXPECT_EQ(loaded().region, "from-config");
    EXPECT_EQ(loaded().profiles.at("x").at("aws_access_key_id"), "K");
    variables["AWS_CONFIG_FILE"] = home_ + "/is-not-there";
    EXPECT_EQ(loaded().region, "");
}

TEST_F(SettingsTest, AFileThatCannotBeReadIsAnError) {
    variables["AWS_CONFIG_FILE"] = home_;  // a folder
    auto const settings = load();
    ASSERT_FALSE(settings);
    EXPECT_EQ(settings.error().code, Errc::io) << settings.error().message();
}

TEST_F(SettingsTest, ARegionIsTheNameOfAHost) {
    options.region = "evil.example/";
    EXPECT_NE(refusal().find("evil.example/"), std::string::npos);
}

TEST_F(SettingsTest, EndpointsFollowTheRegion) {
    options.region = "cn-north-1";
    EXPECT_EQ(host_of("s3"), "s3.cn-north-1.amazonaws.com.cn");
    options.region = "eu-central-1";
    EXPECT_EQ(host_of("sts"), "sts.eu-central-1.amazonaws.com");
    auto const service = resolve_service(loaded(), "firehose");
    EXPECT_EQ(service.value().signing_name, "firehose");
    EXPECT_EQ(service.value().region, "eu-central-1");
    EXPECT_EQ(service.value().endpoint.scheme, "https");
}

TEST_F(SettingsTest, UrlsComeFromTheStrongestPlace) {
    config(
        "[default]\nregion = eu-west-1\nendpoint_url = http://profile\nservices = local\n"
        "[services local]\ns3 =\n  endpoint_url = http://section\n");
    EXPECT_EQ(host_of("s3"), "section");
    EXPECT_EQ(host_of("firehose"), "profile");
    variables["AWS_ENDPOINT_URL"] = "http://env";
    EXPECT_EQ(host_of("s3"), "env");
    EXPECT_EQ(host_of("firehose"), "env");
    variables["AWS_ENDPOINT_URL_S3"] = "http://env-s3";
    variables["AWS_ENDPOINT_URL_FIREHOSE"] = "http://env-firehose";
    variables["AWS_ENDPOINT_URL_STS"] = "http://env-sts";
    EXPECT_EQ(host_of("s3"), "env-s3");
    EXPECT_EQ(host_of("firehose"), "env-firehose");
    EXPECT_EQ(host_of("sts"), "env-sts");
    options.endpoint_url = "http://key:8000/x";
    EXPECT_EQ(host_of("s3"), "key:8000");
    EXPECT_EQ(resolve_service(loaded(), "s3").value().endpoint.path, "/x");
}

TEST_F(SettingsTest, ConfiguredUrlsCanBeIgnored) {
    config("[default]\nregion = eu-west-1\nendpoint_url = http://profile\n");
    variables["AWS_ENDPOINT_URL_S3"] = "http://env-s3";
    variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "true";
    EXPECT_EQ(host_of("s3"), "s3.eu-west-1.amazonaws.com");
    options.endpoint_url = "http://key";
    EXPECT_EQ(host_of("s3"), "key");
}

TEST_F(SettingsTest, AUrlNeedsNoRegion) {
    options.endpoint_url = "http://127.0.0.1:4566";
    EXPECT_EQ(resolve_service(loaded(), "s3").value().region, "us-east-1");
}

TEST_F(SettingsTest, FipsAndDualStackAreChosenAnywhere) {
    options.region = "us-east-1";
    config("[default]\nuse_dualstack_endpoint = true\n");
    EXPECT_EQ(host_of("firehose"), "firehose.us-east-1.api.aws");
    variables["AWS_USE_DUALSTACK_ENDPOINT"] = "false";
    EXPECT_EQ(host_of("firehose"), "firehose.us-east-1.amazonaws.com");
    variables["AWS_USE_FIPS_ENDPOINT"] = "true";
    EXPECT_EQ(host_of("firehose"), "firehose-fips.us-east-1.amazonaws.com");
    options.use_dual_stack = true;
    EXPECT_EQ(host_of("firehose"), "firehose-fips.us-east-1.api.aws");
}

TEST_F(SettingsTest, FipsAndDualStackExcludeAUrl) {
    options.region = "us-east-1";
    options.use_fips = true;
    variables["AWS_ENDPOINT_URL_S3"] = "http://127.0.0.1:1";
    EXPECT_NE(refusal().find("http://127.0.0.1:1"), std::string::npos);
    options.use_fips = false;
    variables["AWS_USE_DUALSTACK_ENDPOINT"] = "true";
    EXPECT_NE(refusal().find("http://127.0.0.1:1"), std::string::npos);
}

TEST_F(SettingsTest, AUrlThatIsNoneIsRefused) {
    variables["AWS_ENDPOINT_URL_S3"] = "localhost:4566";
    EXPECT_NE(refusal().find("localhost:4566"), std::string::npos);
}

TEST(ProcessEnvironment, ReadsVariables) {
    Environment const environment = process_environment();
    ::setenv("INLET_SETTINGS_TEST", "yes", 1);
    EXPECT_EQ(environment("INLET_SETTINGS_TEST"), "yes");
    ::unsetenv("INLET_SETTINGS_TEST");
    EXPECT_EQ(environment("INLET_SETTINGS_TEST"), std::nullopt);
}

}  // namespace
}  // namespace inlet::aws
