// autoscaling_api.hpp - the two calls by which an instance that waits in a lifecycle hook holds its end up, and lets it
// go on (Amazon EC2 Auto Scaling, API version 2011-01-01, query protocol).
// Threads: one.
// Errors:  as Failure::error(): unavailable, timeout, overloaded, rejected, invalid.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "aws/client.hpp"

namespace inlet::aws {

struct LifecycleHook {
    std::string name;
    std::string group;        // the Auto Scaling group
    std::string instance_id;  // that waits
};

// Of an instance that ends both mean: end it. With `abandon` the group's other hooks are not waited for.
enum class LifecycleResult : std::uint8_t { proceed, abandon };

class AutoScalingApi {
  public:
    // `credentials` and `clock` must outlive it.
    AutoScalingApi(Service service, CredentialSource& credentials, std::unique_ptr<HttpClient> http,
                   Clock& clock);

    // The hook's time-out begins anew.
    Result<void> heartbeat(LifecycleHook const& hook);
    Result<void> complete(LifecycleHook const& hook, LifecycleResult result);

  private:
    Result<void> call(std::string const& action, LifecycleHook const& hook,
                      std::string const& result);

    std::unique_ptr<HttpClient> http_;
    Client client_;
};

}  // namespace inlet::aws
