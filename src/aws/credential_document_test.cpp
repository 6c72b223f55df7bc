#include "aws/credential_document.hpp"

#include "aws/credential_fixture.hpp"

namespace inlet::aws {
namespace {

using DocumentTest = CredentialTest;

std::string error_of(Result<Credentials> const& result) {
    return result ? "none" : result.error().context;
}

TEST_F(DocumentTest, OfMetadataGivesCredentials) {
    auto const read = read_metadata_document(document(), "here");
    ASSERT_TRUE(read) << read.error().message();
    EXPECT_EQ(read.value().access_key_id, kKeyId);
    EXPECT_EQ(read.value().secret_access_key, kSecret);
    EXPECT_EQ(read.value().session_token, kToken);
    EXPECT_EQ(read.value().expires_unix_ms, 1'795'367'042'000);
}

TEST_F(DocumentTest, OfMetadataNeedsAllMembersAsText) {
    std::pair<std::string, char const*> const cases[] = {
        {R"({"AccessKeyId":1,"SecretAccessKey":"s","Token":"t","Expiration":"x"})",
         "here: in the reply, AccessKeyId is no string"},
        {R"({"AccessKeyId":"","SecretAccessKey":"s","Token":"t"})",
         "here: in the reply, AccessKeyId is empty"},
        {R"({"AccessKeyId":"k","Token":"t","Expiration":"x"})",
         "here: the reply has no SecretAccessKey"},
        {R"({"AccessKeyId":"k","SecretAccessKey":"s","Expiration":"x"})",
         "here: the reply has no Token"},
        {R"({"AccessKeyId":"k","SecretAccessKey":"s","Token":null,"Expiration":"x"})",
         "here: the reply has no Token"},
        {R"({"AccessKeyId":"k","SecretAccessKey":"s","Token":"t"})",
         "here: the reply has no Expiration"},
        {R"({"AccessKeyId":"k","SecretAccessKey":"s","Token":"t","Expiration":1795345442})",
         "here: in the reply, Expiration is no string"},
        {R"({"AccessKeyId":"k","SecretAccessKey":"s","Token":"t","Expiration":"soon"})",
         "here: the expiration is no time: \"soon\""},
        {R"({"AccessKeyId":"k","SecretAccessKey":"s","Token":"t\r\nx: y","Expiration":"x"})",
         "here: the session token has characters that no key has (a line end, a blank?)"},
        {R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot\nassume the role"})",
         "here: AssumeRoleUnauthorizedAccess: EC2 cannot assume the role"},
    };
    for (auto const& [text, error] : cases)
        EXPECT_EQ(error_of(read_metadata_document(text, "here")), error) << text;
}

TEST_F(DocumentTest, OfAProcessNeedsItsVersionAndMayLastForEver) {
    auto const lasting = read_process_document(
        R"({"Version":1,"AccessKeyId":"k","SecretAccessKey":"s"})", "program");
    ASSERT_TRUE(lasting);
    EXPECT_FALSE(lasting.value().expires_unix_ms);
    auto const temporary = read_process_document(
        R"({"Version":1,"AccessKeyId":"k","SecretAccessKey":"s","SessionToken":"t",)"
        R"("Expiration":"2026-11-22T11:04:02.5Z"})",
        "program");
    ASSERT_TRUE(temporary);
    EXPECT_EQ(temporary.value().session_token, "t");
    EXPECT_EQ(temporary.value().expires_unix_ms, 1'795'345'442'500);
    for (auto const* version : {"2", "\"1\"", "1.0", "null"}) {
        auto const text =
            std::string(R"({"AccessKeyId":"k","SecretAccessKey":"s","Version":)") + version + "}";
        EXPECT_EQ(error_of(read_process_document(text, "program")),
                  "program: the output has no \"Version\": 1");
    }
}

TEST_F(DocumentTest, ThatIsHostileIsAnErrorAndNotRepeated) {
    for (auto const& text : hostile_documents(document())) {
        auto const read = read_metadata_document(text, "here");
        ASSERT_FALSE(read) << text.substr(0, 80);
        EXPECT_EQ(read.error().code, Errc::invalid);
        EXPECT_LT(read.error().context.size(), 300u);
        EXPECT_THAT(read.error().context, testing::Not(testing::HasSubstr(kSecret)));
        EXPECT_FALSE(read_process_document(text, "program"));
    }
}

TEST_F(DocumentTest, SaysWhyThereAreNoCredentials) {
    EXPECT_EQ(reason_in_document(R"({"code":"AccessDenied","message":"not for you"})"),
              "AccessDenied: not for you");
    EXPECT_EQ(reason_in_document(R"({"Message":"gone"})"), "gone");
    EXPECT_EQ(reason_in_document("<html>"), "");
    auto const wordy = R"({"message":")" + std::string(10'000, 'x') + "\"}";
    EXPECT_LE(reason_in_document(wordy).size(), 210u);
}

}  // namespace
}  // namespace inlet::aws
