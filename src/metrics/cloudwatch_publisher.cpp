#include "metrics/cloudwatch_publisher.hpp"

#include <algorithm>
#include <chrono>
#include <exception>
#include <utility>

#include <pthread.h>

#include "base/log.hpp"

namespace inlet::metrics {
namespace {

constexpr int kMaxDoublings = 10;

}  // namespace

CloudWatchPublisher::CloudWatchPublisher(CloudWatchOptions options,
                                         std::unique_ptr<aws::CloudWatchApi> api, Source source,
                                         Clock& clock)
    : options_(std::move(options)),
      api_(std::move(api)),
      source_(std::move(source)),
      clock_(clock),
      next_ms_(clock.steady_ms()) {}

CloudWatchPublisher::~CloudWatchPublisher() {
    stop();
}

void CloudWatchPublisher::run() {
    thread_ = std::thread([this] { loop(); });
}

void CloudWatchPublisher::ask_to_stop() {
    {
        std::lock_guard guard(mutex_);
        stopping_ = true;
    }
    stop_asked_.notify_all();
}

void CloudWatchPublisher::stop() {
    ask_to_stop();
    api_->cancel();
    source_.cancel();
    if (thread_.joinable()) thread_.join();
}

void CloudWatchPublisher::loop() {
    pthread_setname_np(pthread_self(), "cloudwatch");
    for (;;) {
        auto wake_ms = clock_.steady_ms();
        try {
            wake_ms = step();
        } catch (std::exception const& error) {
            // Only a library can get here (out of memory); the next one may be luckier.
            failed(fail(Errc::unavailable, error.what()));
            wake_ms = next_ms_;
        }
        std::unique_lock guard(mutex_);
        auto const left =
            std::chrono::milliseconds(std::max<std::int64_t>(0, wake_ms - clock_.steady_ms()));
        if (stop_asked_.wait_for(guard, left, [&] { return stopping_; })) return;
    }
}

std::int64_t CloudWatchPublisher::step() {
    if (clock_.steady_ms() < next_ms_) return next_ms_;
    if (dimensions_.empty()) dimensions_ = source_.find_dimensions();
    auto const data = source_.collect();
    auto const put = api_->put(options_.name_space, dimensions_, data);
    if (put) {
        arrived();
    } else if (put.error().code != Errc::stopping) {
        failed(put.error());
    }
    return next_ms_;
}

void CloudWatchPublisher::arrived() {
    source_.arrived();
    if (std::exchange(failures_, 0) > 0) log::info("metrics are published in CloudWatch again");
    auto const interval_ms = static_cast<std::int64_t>(options_.interval_s) * 1'000;
    next_ms_ = clock_.steady_ms() + interval_ms;
}

void CloudWatchPublisher::failed(Error const& error) {
    if (failures_ == 0)
        log::warn("metrics cannot be published in CloudWatch, trying again",
                  {{"reason", error.message()}});
    auto const interval_ms = static_cast<std::int64_t>(options_.interval_s) * 1'000;
    auto const pause_ms = interval_ms << std::min(failures_, kMaxDoublings);
    ++failures_;
    next_ms_ = clock_.steady_ms() + std::max(interval_ms, std::min(pause_ms, kMaxPauseMs));
}

}  // namespace inlet::metrics
