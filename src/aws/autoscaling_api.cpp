#include "aws/autoscaling_api.hpp"

#include <utility>

#include "aws/query_api.hpp"

namespace inlet::aws {
namespace {

constexpr std::int64_t kTimeoutMs = 5'000;  // a heartbeat that is late is of no use

}  // namespace

AutoScalingApi::AutoScalingApi(Service service, CredentialSource& credentials,
                               std::unique_ptr<HttpClient> http, Clock& clock)
    : http_(std::move(http)), client_(std::move(service), credentials, *http_, clock) {}

Result<void> AutoScalingApi::heartbeat(LifecycleHook const& hook) {
    return call("RecordLifecycleActionHeartbeat", hook, {});
}

Result<void> AutoScalingApi::complete(LifecycleHook const& hook, LifecycleResult result) {
    return call("CompleteLifecycleAction", hook,
                result == LifecycleResult::proceed ? "CONTINUE" : "ABANDON");
}

Result<void> AutoScalingApi::call(std::string const& action, LifecycleHook const& hook,
                                  std::string const& result) {
    QueryForm form = {{"Action", action},
                      {"Version", "2011-01-01"},
                      {"LifecycleHookName", hook.name},
                      {"AutoScalingGroupName", hook.group},
                      {"InstanceId", hook.instance_id}};
    if (!result.empty()) form.emplace_back("LifecycleActionResult", result);
    auto const outcome = call_query(client_, form, kTimeoutMs);
    if (!outcome) return outcome.error().error(action);
    if (outcome.value().status != 200) return classify(outcome.value()).error(action);
    return success();
}

}  // namespace inlet::aws
