#include "aws/sts.hpp"

#include "aws/credential_fixture.hpp"
#include "aws/sts_reply.hpp"

namespace inlet::aws {
namespace {

class StsTest : public CredentialTest {
  protected:
    Result<Credentials> assume() {
        return assume_role(context(), {"arn:aws:iam::123456789012:role/inlet"},
                           {kKeyId, kSecret, kToken});
    }
    std::string error_of_assume() {
        auto const result = assume();
        return result ? "none" : result.error().message();
    }
};

TEST_F(StsTest, TakesARoleWithASignedForm) {
    http.answer("POST", kSts, 200, sts_reply());
    RoleRequest const request{"arn:aws:iam::123456789012:role/a b", "me", "ex&1", 900};
    auto const taken = assume_role(context(), request, {kKeyId, kSecret, kToken});
    ASSERT_TRUE(taken) << taken.error().message();
    EXPECT_EQ(taken.value().access_key_id, "ASIAROLE000000000001");
    EXPECT_EQ(taken.value().session_token, kToken);
    EXPECT_EQ(taken.value().expires_unix_ms, 1'795'367'042'000);
    ASSERT_EQ(http.seen.size(), 1u);
    EXPECT_EQ(http.seen[0].body,
              "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%"
              "3Arole%2Fa%20b"
              "&RoleSessionName=me&ExternalId=ex%261&DurationSeconds=900");
    EXPECT_THAT(http.seen[0].header("authorization"),
                testing::HasSubstr("/eu-central-1/sts/aws4_request"));
    EXPECT_EQ(http.seen[0].header("x-amz-security-token"), kToken);
    EXPECT_EQ(http.seen[0].header("content-type"),
              "application/x-www-form-urlencoded; charset=utf-8");
}

TEST_F(StsTest, TakesARoleWithATokenUnsigned) {
    http.answer("POST", kSts, 200, sts_reply("AssumeRoleWithWebIdentity"));
    auto const taken =
        assume_role_with_web_identity(context(), {"arn:aws:iam::1:role/pod"}, "ey.J0/+=");
    ASSERT_TRUE(taken) << taken.error().message();
    ASSERT_EQ(http.seen.size(), 1u);
    EXPECT_EQ(http.seen[0].header("authorization"), "");
    EXPECT_EQ(http.seen[0].body,
              "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%"
              "3Arole%2Fpod"
              "&RoleSessionName=inlet&WebIdentityToken=ey.J0%2F%2B%3D");
}

TEST_F(StsTest, AsksTheEndpointOfTheSettings) {
    settings.service_urls["sts"] = "http://127.0.0.1:4566/base";
    http.answer("POST", "http://127.0.0.1:4566/base/", 200, sts_reply());
    EXPECT_TRUE(assume());
    EXPECT_TRUE(assume_role_with_web_identity(context(), {"arn"}, "t"));
}

TEST_F(StsTest, SaysWhyARoleIsNotGiven) {
    http.answer(
        "POST", kSts, 403,
        "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>User: x is "
        "not authorized</Message></Error><RequestId>1</RequestId></ErrorResponse>");
    EXPECT_EQ(error_of_assume(),
              "AssumeRole arn:aws:iam::123456789012:role/inlet: 403 AccessDenied: User: x is "
              "not authorized: rejected");
    http.forget();
    EXPECT_THAT(error_of_assume(), testing::HasSubstr("Connection refused"));
    http.fail_with("POST", kSts, Errc::timeout);
    EXPECT_THAT(error_of_assume(), testing::HasSubstr("timed out"));
    settings.region = "";
    EXPECT_THAT(error_of_assume(), testing::HasSubstr("region"));
}

TEST_F(StsTest, RefusesAReplyThatHasNoCredentials) {
    std::string const whole = sts_reply();
    auto hostile = hostile_documents(whole);
    for (auto const* name : {"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration"}) {
        auto without = whole;
        without.replace(without.find("<" + std::string(name) + ">") + 1, 3, "Xxx");
        hostile.push_back(without);
    }
    auto late = whole;
    late.replace(late.find(kExpiration), 4, "late");
    hostile.push_back(late);
    hostile.push_back("<!DOCTYPE a [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>" + whole);
    for (auto const& text : hostile) {
        http.forget();
        http.answer("POST", kSts, 200, text);
        auto const result = assume();
        ASSERT_FALSE(result) << text.substr(0, 300);
        EXPECT_EQ(result.error().code, Errc::invalid) << result.error().message();
        EXPECT_THAT(result.error().context, testing::Not(testing::HasSubstr(kSecret)));
    }
}

}  // namespace
}  // namespace inlet::aws
