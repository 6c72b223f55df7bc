// cloudwatch_publisher.hpp - publishes what CloudWatchData collects, at intervals, without ever standing in the way.
// Threads:   one of its own ("cloudwatch"), which waits for the network; run(), stop() and the destructor from main.
//            Tests call step() instead of run().
// Ownership: owns the client; the clock and what `collect` and `find_dimensions` look at must outlive it.
// Failure:   logged once per trouble, tried again after one interval, then two, doubling to kMaxPauseMs. What was not
//            published is not kept, but for counts, which the next publication makes up for.
// Bounds:    one call of at most 10 s at a time; stop() ends it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "aws/cloudwatch_api.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "metrics/cloudwatch_options.hpp"

namespace inlet::metrics {

class CloudWatchPublisher {
  public:
    static constexpr std::int64_t kMaxPauseMs = 15 * 60'000;

    struct Source {
        std::function<std::vector<aws::MetricDatum>()> collect;
        std::function<void()> arrived;  // what was collected last
        // Called once, by the first step; may ask the network, until `cancel` is called from another thread.
        std::function<std::vector<aws::Dimension>()> find_dimensions;
        std::function<void()> cancel;
    };

    CloudWatchPublisher(CloudWatchOptions options, std::unique_ptr<aws::CloudWatchApi> api,
                        Source source, Clock& clock);
    ~CloudWatchPublisher();  // stop()
    CloudWatchPublisher(CloudWatchPublisher const&) = delete;
    CloudWatchPublisher& operator=(CloudWatchPublisher const&) = delete;

    void run();
    // Returns at once; nothing is published that was not under way, which goes on.
    void ask_to_stop();
    // Idempotent. Ends what is under way and, for all who share the credentials, the wait for them; then waits for the
    // thread.
    void stop();

    // Publishes if it is time. Returns the steady time (ms) of the next one.
    std::int64_t step();

  private:
    void loop();
    void failed(Error const& error);
    void arrived();

    CloudWatchOptions const options_;
    std::unique_ptr<aws::CloudWatchApi> api_;
    Source const source_;
    Clock& clock_;

    // Of the thread alone.
    std::vector<aws::Dimension> dimensions_ = {};
    std::int64_t next_ms_;
    int failures_ = 0;

    std::mutex mutex_;
    std::condition_variable stop_asked_;
    bool stopping_ = false;  // guarded by mutex_
    std::thread thread_;
};

}  // namespace inlet::metrics
