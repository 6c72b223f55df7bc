#include "metrics/cloudwatch_publisher.hpp"

#include <condition_variable>
#include <functional>
#include <future>
#include <gtest/gtest.h>
#include <mutex>

#include "support/manual_clock.hpp"

namespace inlet::metrics {
namespace {

// Keeps what it is given; fails as often as it is told.
class FakeApi final : public aws::CloudWatchApi {
  public:
    struct Seen {
        std::string name_space;
        std::vector<std::string> dimensions;  // "Name=value"
        double first_value;
    };

    Result<void> put(std::string const& name_space, std::span<aws::Dimension const> dimensions,
                     std::span<aws::MetricDatum const> data) override {
        ++tries;
        if (blocks) wait_for_cancel();
        if (failures > 0) {
            --failures;
            return fail(Errc::unavailable, "PutMetricData");
        }
        std::vector<std::string> names;
        for (auto const& one : dimensions) names.push_back(one.name + "=" + one.value);
        seen.push_back({name_space, names, data.front().value});
        return success();
    }
    void cancel() override {
        std::lock_guard guard(mutex_);
        cancelled_ = true;
        changed_.notify_all();
    }
    void wait_until_tried() {
        std::unique_lock guard(mutex_);
        changed_.wait(guard, [&] { return waiting_; });
    }

    int tries = 0;
    int failures = 0;
    bool blocks = false;  // until it is cancelled
    std::vector<Seen> seen;

  private:
    void wait_for_cancel() {
        std::unique_lock guard(mutex_);
        waiting_ = true;
        changed_.notify_all();
        changed_.wait(guard, [&] { return cancelled_; });
    }
    std::mutex mutex_;
    std::condition_variable changed_;
    bool waiting_ = false;
    bool cancelled_ = false;
};

class PublisherTest : public ::testing::Test {
  protected:
    PublisherTest() {
        auto owned = std::make_unique<FakeApi>();
        api = owned.get();
        CloudWatchOptions options;
        options.name_space = "test";
        publisher = std::make_unique<CloudWatchPublisher>(
            options, std::move(owned),
            CloudWatchPublisher::Source{
                .collect =
                    [this] {
                        return std::vector<aws::MetricDatum>{
                            {"Collected", static_cast<double>(++collected), {}}};
                    },
                .arrived = [this] { ++arrived; },
                .find_dimensions =
                    [this] {
                        ++asked;
                        if (on_asked) on_asked();
                        return std::vector<aws::Dimension>{{"Node", "n1"}};
                    },
                .cancel = [this] { ++cancelled; }},
            clock);
    }
    // Seconds from now until the next publication.
    std::int64_t step() { return (publisher->step() - clock.steady_ms()) / 1'000; }
    std::int64_t wait_and_step(std::int64_t seconds) {
        clock.advance_ms(seconds * 1'000);
        return step();
    }

    test::ManualClock clock;
    FakeApi* api = nullptr;
    int collected = 0;
    int arrived = 0;
    int asked = 0;
    int cancelled = 0;
    std::function<void()> on_asked;
    std::unique_ptr<CloudWatchPublisher> publisher;
};

TEST_F(PublisherTest, PublishesAtOnceAndThenEachInterval) {
    EXPECT_EQ(step(), 60);
    EXPECT_EQ(wait_and_step(59), 1);
    EXPECT_EQ(api->tries, 1);
    EXPECT_EQ(wait_and_step(1), 60);
    ASSERT_EQ(api->seen.size(), 2U);
    EXPECT_EQ(api->seen[1].name_space, "test");
    EXPECT_EQ(api->seen[1].dimensions, std::vector<std::string>{"Node=n1"});
    EXPECT_EQ(api->seen[1].first_value, 2);
    EXPECT_EQ(arrived, 2);
}

TEST_F(PublisherTest, LooksForItsDimensionsOnce) {
    step();
    wait_and_step(60);
    EXPECT_EQ(asked, 1);
}

TEST_F(PublisherTest, PausesLongerWithEachFailureAndTakesTheIntervalUpAgainAfterSuccess) {
    api->failures = 6;
    EXPECT_EQ(step(), 60);
    EXPECT_EQ(wait_and_step(60), 120);
    EXPECT_EQ(wait_and_step(120), 240);
    EXPECT_EQ(wait_and_step(240), 480);
    EXPECT_EQ(wait_and_step(480), 900);
    EXPECT_EQ(wait_and_step(900), 900);
    EXPECT_EQ(arrived, 0);
    EXPECT_EQ(wait_and_step(900), 60);
    EXPECT_EQ(arrived, 1);
    EXPECT_EQ(api->tries, 7);
}

TEST_F(PublisherTest, EndsWhileACallIsUnderWay) {
    api->blocks = true;
    api->failures = 1;
    publisher->run();
    api->wait_until_tried();
    publisher->stop();
    EXPECT_EQ(api->tries, 1);
}

TEST_F(PublisherTest, AskingItToStopWaitsForNothing) {
    std::promise<void> is_asked;
    std::promise<void> may_go_on;
    on_asked = [&] {
        is_asked.set_value();
        may_go_on.get_future().wait();
    };
    publisher->run();
    is_asked.get_future().wait();
    publisher->ask_to_stop();
    EXPECT_EQ(cancelled, 0) << "it may share what it waits for with lanes that deliver yet";
    may_go_on.set_value();
    publisher->stop();
    EXPECT_EQ(cancelled, 1);
    EXPECT_LE(api->tries, 1);
}

TEST_F(PublisherTest, EndsWhileItWaits) {
    publisher->run();
    publisher->stop();
    publisher->stop();
    EXPECT_LE(api->tries, 1);
}

}  // namespace
}  // namespace inlet::metrics
