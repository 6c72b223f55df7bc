#include "aws/cloudwatch_api.hpp"

#include "aws/credential_chain.hpp"
#include "aws/credential_fixture.hpp"

namespace inlet::aws {
namespace {

constexpr char const* kUrl = "https://monitoring.eu-central-1.amazonaws.com/";

class CloudWatchTest : public CredentialTest {
  protected:
    std::unique_ptr<CloudWatchApi> api() {
        return make_cloudwatch_api(resolve_service(settings, "monitoring").value(), *credentials,
                                   std::make_unique<Borrowed>(http), clock);
    }
    std::unique_ptr<CredentialSource> credentials = fixed_credentials({kKeyId, kSecret});
    std::vector<Dimension> const dimensions = {{"Node", "a b"}};
    std::vector<MetricDatum> const data = {{"Age", 0.25, MetricUnit::seconds},
                                           {"Bytes", 1e15, MetricUnit::bytes}};
};

TEST_F(CloudWatchTest, SendsAFormWithEachMetricAndItsDimensions) {
    http.answer("POST", kUrl, 200, "<PutMetricDataResponse/>");
    ASSERT_TRUE(api()->put("in/let", dimensions, data));
    EXPECT_EQ(http.seen.at(0).body,
              "Action=PutMetricData&Version=2010-08-01&Namespace=in%2Flet"
              "&MetricData.member.1.MetricName=Age&MetricData.member.1.Value=0.25"
              "&MetricData.member.1.Unit=Seconds&MetricData.member.1.Dimensions.member.1.Name=Node"
              "&MetricData.member.1.Dimensions.member.1.Value=a%20b"
              "&MetricData.member.2.MetricName=Bytes&MetricData.member.2.Value=1000000000000000"
              "&MetricData.member.2.Unit=Bytes&MetricData.member.2.Dimensions.member.1.Name=Node"
              "&MetricData.member.2.Dimensions.member.1.Value=a%20b");
    EXPECT_THAT(http.seen.at(0).header("authorization"),
                testing::HasSubstr("/eu-central-1/monitoring/aws4_request"));
}

TEST_F(CloudWatchTest, ARefusalSaysWhy) {
    http.answer("POST", kUrl, 403,
                "<ErrorResponse><Error><Code>AccessDenied</Code><Message>not you</Message></Error>"
                "</ErrorResponse>");
    auto const put = api()->put("inlet", dimensions, data);
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code, Errc::rejected);
    EXPECT_THAT(put.error().message(), testing::HasSubstr("AccessDenied"));
}

TEST_F(CloudWatchTest, AnAnswerThatIsNoSuccessIsAFailure) {
    for (int const status : {304, 404, 412, 500}) {
        http.forget();
        http.answer("POST", kUrl, status);
        EXPECT_FALSE(api()->put("inlet", dimensions, data)) << status;
    }
}

TEST(CloudWatchNames, AreChecked) {
    for (auto const* good : {"inlet", "a/b.c-d_e#f:g", "AWS"})
        EXPECT_TRUE(is_metric_namespace(good)) << good;
    for (auto const& bad : {std::string(), std::string("AWS/EC2"), std::string(":a"),
                            std::string("a b"), std::string(256, 'a')})
        EXPECT_FALSE(is_metric_namespace(bad)) << bad;
    for (auto const* good : {"Name=value", "A b=c=d", "a=="})
        EXPECT_TRUE(is_dimension(good)) << good;
    for (auto const& bad : {std::string(), std::string("a"), std::string("=a"), std::string("a="),
                            std::string(":a=b"), std::string("a=\xc3\xa4"), std::string("a= b"),
                            "a=" + std::string(1025, 'b')})
        EXPECT_FALSE(is_dimension(bad)) << bad;
    EXPECT_EQ(parse_dimension("a=b=c").name, "a");
    EXPECT_EQ(parse_dimension("a=b=c").value, "b=c");
}

}  // namespace
}  // namespace inlet::aws
