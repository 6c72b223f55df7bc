#include "app/lifecycle_hold.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <pthread.h>

namespace inlet::app {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kFirstPauseMs = 2'000;     // before a call is tried again
constexpr std::int64_t kComplainMs = 5 * 60'000;  // about a hook that takes nothing

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
      clock_(clock),
      thread_([this] { beat(); }) {}

LifecycleHold::~LifecycleHold() {
    end_heartbeats();
}

bool LifecycleHold::send_heartbeat(bool is_active, log::Limiter& complaints) {
    auto const sent = api_.heartbeat(hook_);
    if (sent) {
        if (!is_active) log::info("the lifecycle hook waits", {{"hook", hook_.name}});
        return true;
    }
    if (is_active)
        log::warn("heartbeat failed", {{"reason", sent.error().message()}});
    else if (complaints.pass(clock_.steady_ms()) > 0)
        log::info("the lifecycle hook does not wait yet", {{"reason", sent.error().message()}});
    return false;
}

void LifecycleHold::beat() {
    pthread_setname_np(pthread_self(), "heartbeat");
    log::Limiter complaints(kComplainMs);
    std::unique_lock guard(mutex_);
    while (!stopping_) {
        auto const was_active = active_;
        guard.unlock();
        auto const was_taken = send_heartbeat(was_active, complaints);
        guard.lock();
        active_ = active_ || was_taken;
        changed_.notify_all();
        auto const pause_ms = active_ ? heartbeat_ms_ : std::min(kFirstPauseMs, heartbeat_ms_);
        changed_.wait_for(guard, milliseconds(pause_ms), [&] { return stopping_; });
    }
}

bool LifecycleHold::wait_active(std::int64_t timeout_ms) {
    std::unique_lock guard(mutex_);
    return changed_.wait_for(guard, milliseconds(timeout_ms), [&] { return active_; });
}

void LifecycleHold::end_heartbeats() {
    {
        std::lock_guard guard(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
}

bool LifecycleHold::complete(bool is_drained) {
    end_heartbeats();
    auto const result = is_drained ? aws::LifecycleResult::proceed : aws::LifecycleResult::abandon;
    auto const deadline = clock_.steady_ms() + kCompleteMs;
    log::Limiter complaints(kComplainMs);
    for (auto pause_ms = std::min(kFirstPauseMs, heartbeat_ms_);;) {
        auto const done = api_.complete(hook_, result);
        if (done) return true;
        auto const now = clock_.steady_ms();
        auto const is_last = now + pause_ms > deadline;
        if (complaints.pass(now) > 0 || is_last)
            log::error("the lifecycle action could not be completed",
                       {{"reason", done.error().message()}, {"tries_end", is_last}});
        if (is_last) return false;
        std::this_thread::sleep_for(milliseconds(pause_ms));
        pause_ms = std::min(2 * pause_ms, heartbeat_ms_);
    }
}

}  // namespace inlet::app
