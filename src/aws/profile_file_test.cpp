#include "aws/profile_file.hpp"

#include <gtest/gtest.h>

namespace inlet::aws {
namespace {

TEST(ProfileFile, ReadsProfiles) {
    ProfileFile const file = read_config_file(
        "\xEF\xBB\xBF# comment\n; another\n\n"
        "[default]\nRegion = eu-central-1   # where we are\n"
        "output=json\r\n"
        "[profile  lake ]\n  aws_secret_access_key = a#b;c/d+e==\n"
        "role_arn=arn:aws:iam::1:role/x = y\n"
        "[profile \"two words\"]\nregion = us-east-1\n");
    EXPECT_EQ(file.profiles.size(), 3u);
    EXPECT_EQ(file.profiles.at("default").at("region"), "eu-central-1");
    EXPECT_EQ(file.profiles.at("default").at("output"), "json");
    EXPECT_EQ(file.profiles.at("lake").at("aws_secret_access_key"), "a#b;c/d+e==");
    EXPECT_EQ(file.profiles.at("lake").at("role_arn"), "arn:aws:iam::1:role/x = y");
    EXPECT_EQ(file.profiles.at("two words").at("region"), "us-east-1");
}

TEST(ProfileFile, KeepsNestedEntriesApart) {
    ProfileFile const file = read_config_file(
        "[profile a]\ns3 =\n    endpoint_url = http://s3\n    region = nowhere\n"
        "  # a comment\n\tmax = 20\nregion = eu-west-1\n"
        "[services local]\nfirehose =\n  endpoint_url = http://127.0.0.1:1\n"
        "s3 = \n  endpoint_url = http://127.0.0.1:2\n  junk\n");
    ProfileEntries const expected = {{"s3", ""},
                                     {"s3.endpoint_url", "http://s3"},
                                     {"s3.region", "nowhere"},
                                     {"s3.max", "20"},
                                     {"region", "eu-west-1"}};
    EXPECT_EQ(file.profiles.at("a"), expected);
    EXPECT_EQ(file.services.at("local").at("firehose.endpoint_url"), "http://127.0.0.1:1");
    EXPECT_EQ(file.services.at("local").at("s3.endpoint_url"), "http://127.0.0.1:2");
}

TEST(ProfileFile, JoinsContinuedValues) {
    ProfileFile const file = read_config_file("[default]\na = 1\n  2 # two\n  3\nb = 4\n");
    EXPECT_EQ(file.profiles.at("default").at("a"), "1\n2\n3");
    EXPECT_EQ(file.profiles.at("default").at("b"), "4");
}

TEST(ProfileFile, PassesOverWhatIsNoProfile) {
    ProfileFile const file = read_config_file(
        "region = too-early\n[sso-session x]\nregion = a\n[lake]\nregion = b\n[profile]\nregion = "
        "c\n"
        "[profile open\nregion = d\n[plugins]\nregion = e\n[default]\nno equals sign\n= no name\n"
        "  = none\nregion = f\n");
    EXPECT_EQ(file.profiles.size(), 1u);
    EXPECT_EQ(file.profiles.at("default"), (ProfileEntries{{"region", "f"}}));
}

TEST(ProfileFile, TheNamedDefaultIsStronger) {
    ProfileFile const file = read_config_file(
        "[profile default]\nregion = named\n[default]\nregion = plain\noutput = json\n");
    EXPECT_EQ(file.profiles.at("default"), (ProfileEntries{{"region", "named"}}));
}

TEST(ProfileFile, EverySectionOfCredentialsIsAProfile) {
    ProfileFile const file = read_credentials_file(
        "[default]\naws_access_key_id = A\n[lake]\naws_access_key_id = B\n[profile x]\na = 1\n");
    EXPECT_EQ(file.profiles.at("default").at("aws_access_key_id"), "A");
    EXPECT_EQ(file.profiles.at("lake").at("aws_access_key_id"), "B");
    EXPECT_TRUE(file.profiles.contains("profile x"));
}

TEST(ProfileFile, TheStrongerFileWins) {
    ProfileFile file = read_config_file("[profile lake]\na = config\nb = config\n");
    merge(file, read_credentials_file("[lake]\na = credentials\n[new]\n"));
    EXPECT_EQ(file.profiles.at("lake"), (ProfileEntries{{"a", "credentials"}, {"b", "config"}}));
    EXPECT_TRUE(file.profiles.contains("new"));
}

TEST(ProfileFile, AnyBytesAreRead) {
    for (std::string const& text :
         {std::string("[default]\n\0=\0\n", 15), std::string("\xff\xfe[\n]\n="), std::string("["),
          std::string("[]\na=b\n"), std::string("[default]\n  indented = 1")}) {
        read_config_file(text);
        read_credentials_file(text);
    }
    EXPECT_EQ(read_config_file("[default]\n  a = 1").profiles.at("default").at("a"), "1");
}

}  // namespace
}  // namespace inlet::aws
