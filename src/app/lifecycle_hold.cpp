#include "app/lifecycle_hold.hpp"

#include <chrono>
#include <utility>

#include <pthread.h>

#include "base/log.hpp"

namespace inlet::app {
namespace {

constexpr std::chrono::seconds kCompletePause{2};

}  // namespace

Result<std::unique_ptr<LifecycleHold>> LifecycleHold::begin(aws::Options const& options,
                                                            aws::LifecycleHook hook,
                                                            std::int64_t heartbeat_ms,
                                                            Clock& clock) {
    TRY(auto aws, make_aws(options, clock));
    TRY(auto service, aws::resolve_service(aws.settings, "autoscaling"));
    return std::unique_ptr<LifecycleHold>(new LifecycleHold(std::move(aws), std::move(service),
                                                            std::move(hook), heartbeat_ms, clock));
}

LifecycleHold::LifecycleHold(Aws aws, aws::Service service, aws::LifecycleHook hook,
                             std::int64_t heartbeat_ms, Clock& clock)
    : aws_(std::move(aws)),
      api_(std::move(service), *aws_.credentials, aws::make_http_client({aws_.settings.ca_bundle}),
           clock),
      hook_(std::move(hook)),
      heartbeat_ms_(heartbeat_ms),
      thread_([this] { beat(); }) {}

LifecycleHold::~LifecycleHold() {
    end_heartbeats();
}

void LifecycleHold::beat() {
    pthread_setname_np(pthread_self(), "heartbeat");
    for (;;) {
        auto const sent = api_.heartbeat(hook_);
        if (!sent) log::warn("heartbeat failed", {{"reason", sent.error().message()}});
        std::unique_lock guard(mutex_);
        if (stop_asked_.wait_for(guard, std::chrono::milliseconds(heartbeat_ms_),
                                 [&] { return stopping_; }))
            return;
    }
}

void LifecycleHold::end_heartbeats() {
    {
        std::lock_guard guard(mutex_);
        stopping_ = true;
    }
    stop_asked_.notify_all();
    if (thread_.joinable()) thread_.join();
}

bool LifecycleHold::complete(bool is_drained) {
    end_heartbeats();
    auto const result = is_drained ? aws::LifecycleResult::proceed : aws::LifecycleResult::abandon;
    for (int i = 1;; ++i) {
        auto const done = api_.complete(hook_, result);
        if (done) return true;
        log::error("the lifecycle action could not be completed",
                   {{"reason", done.error().message()}, {"try", i}});
        if (i == kCompleteTries) return false;
        std::this_thread::sleep_for(kCompletePause);
    }
}

}  // namespace inlet::app
