// lifecycle_hold.hpp - holds up the end of this instance in a lifecycle hook of its Auto Scaling group, until complete().
// Threads: one of its own ("heartbeat"); all else from main.
// Failure: a heartbeat that fails is logged and sent again at the next turn; complete() is tried for kCompleteMs.
//          Until Auto Scaling has taken the instance from its load balancer the hook waits for nobody, and refuses both.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>

#include "app/sinks.hpp"
#include "aws/autoscaling_api.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"

namespace inlet::app {

class LifecycleHold {
  public:
    // A hook's time-out, unless it names one.
    static constexpr std::int64_t kCompleteMs = 3'600'000;

    // The first heartbeat goes out at once. Errors: invalid (no region), io.
    static Result<std::unique_ptr<LifecycleHold>> begin(aws::Options const& options,
                                                        aws::LifecycleHook hook,
                                                        std::int64_t heartbeat_ms, Clock& clock);
    ~LifecycleHold();  // without complete() the hook waits for its own time-out
    LifecycleHold(LifecycleHold const&) = delete;
    LifecycleHold& operator=(LifecycleHold const&) = delete;

    // Until the hook waits for this instance: a heartbeat was taken. False if none was within this time.
    bool wait_active(std::int64_t timeout_ms);

    // Lets the instance end. False if Auto Scaling did not take it.
    bool complete(bool is_drained);

  private:
    LifecycleHold(Aws aws, aws::Service service, aws::LifecycleHook hook, std::int64_t heartbeat_ms,
                  Clock& clock);
    bool send_heartbeat(bool is_active, log::Limiter& complaints);
    void beat();
    void end_heartbeats();

    Aws aws_;
    aws::AutoScalingApi api_;  // of the thread, and of main when that has ended
    aws::LifecycleHook const hook_;
    std::int64_t const heartbeat_ms_;
    Clock& clock_;

    std::mutex mutex_;
    std::condition_variable changed_;
    bool stopping_ = false;  // guarded by mutex_
    bool active_ = false;    // guarded by mutex_
    std::thread thread_;     // last: it uses all the others
};

}  // namespace inlet::app
