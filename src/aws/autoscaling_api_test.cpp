#include "aws/autoscaling_api.hpp"

#include "aws/credential_chain.hpp"
#include "aws/credential_fixture.hpp"

namespace inlet::aws {
namespace {

class AutoScalingTest : public CredentialTest {
  protected:
    static constexpr char const* kUrl = "https://autoscaling.eu-central-1.amazonaws.com/";
    AutoScalingApi make() {
        return {resolve_service(settings, "autoscaling").value(), *credentials,
                std::make_unique<Borrowed>(http), clock};
    }
    std::unique_ptr<CredentialSource> credentials = fixed_credentials({kKeyId, kSecret});
    LifecycleHook const hook = {"drain", "inlet group", "i-01"};
};

TEST_F(AutoScalingTest, HeartbeatAndCompletionNameHookGroupAndInstance) {
    http.answer("POST", kUrl, 200);
    auto scaling = make();
    ASSERT_TRUE(scaling.heartbeat(hook));
    ASSERT_TRUE(scaling.complete(hook, LifecycleResult::proceed));
    ASSERT_TRUE(scaling.complete(hook, LifecycleResult::abandon));
    std::string const where =
        "&Version=2011-01-01&LifecycleHookName=drain&AutoScalingGroupName=inlet%20group"
        "&InstanceId=i-01";
    EXPECT_EQ(http.seen.at(0).body, "Action=RecordLifecycleActionHeartbeat" + where);
    EXPECT_EQ(http.seen.at(1).body,
              "Action=CompleteLifecycleAction" + where + "&LifecycleActionResult=CONTINUE");
    EXPECT_EQ(http.seen.at(2).body,
              "Action=CompleteLifecycleAction" + where + "&LifecycleActionResult=ABANDON");
}

TEST_F(AutoScalingTest, ARefusalSaysWhy) {
    http.answer("POST", kUrl, 400,
                "<ErrorResponse><Error><Code>ValidationError</Code><Message>No active Lifecycle "
                "Action found</Message></Error></ErrorResponse>");
    auto const done = make().complete(hook, LifecycleResult::proceed);
    ASSERT_FALSE(done);
    EXPECT_THAT(done.error().message(), testing::HasSubstr("No active Lifecycle Action"));
}

}  // namespace
}  // namespace inlet::aws
