// A request on a kept-alive connection takes nothing from the heap.
#include <atomic>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>

#include "base/check.hpp"
#include "http/server.hpp"
#include "support/allocation_counter.hpp"
#include "support/manual_clock.hpp"
#include "support/raw_client.hpp"

namespace inlet::http {
namespace {

constexpr int kWarmUp = 200;
constexpr int kMeasured = 1'000;

// Counts on its io thread, from request kWarmUp to request kWarmUp + kMeasured.
class CountingHandler final : public Handler {
  public:
    explicit CountingHandler(std::atomic<std::int64_t>& allocations) : allocations_(allocations) {}

    void handle(Request const& request, Exchange& exchange) override {
        exchange.respond({200, "application/json", request.body, {}, false});
        if (++requests_ == kWarmUp) counter_.emplace();
        if (requests_ == kWarmUp + kMeasured) {
            allocations_ = static_cast<std::int64_t>(counter_->count());
        }
    }
    void refuse(unsigned status, std::string_view, Exchange& exchange) override {
        exchange.respond({status, {}, {}, {}, false});
    }

  private:
    std::atomic<std::int64_t>& allocations_;
    std::optional<testing_support::AllocationCounter> counter_;
    int requests_ = 0;
};

std::int64_t allocations_for(std::string const& request) {
    std::atomic<std::int64_t> allocations{-1};
    test::ManualClock clock;  // stands still: once a second the Date header is made anew
    Options options;
    options.threads = 1;
    options.listen = {"127.0.0.1:0"};
    options.trusted_proxies = {"127.0.0.0/8"};
    auto const server = Server::start(
        options, clock, [&](Executor&) { return std::make_unique<CountingHandler>(allocations); });
    CHECK(server.has_value());
    test::RawClient client(server.value()->addresses().front());
    for (int i = 0; i < kWarmUp + kMeasured + 1; ++i) client.send(request).read_reply();
    return allocations;
}

TEST(Allocations, AreNoneForARequestWithALength) {
    EXPECT_EQ(allocations_for("POST /track HTTP/1.1\r\nHost: a\r\nContent-Length: 240\r\n\r\n" +
                              std::string(240, 'x')),
              0);
}

TEST(Allocations, AreNoneForARequestThatAProxyBrings) {
    EXPECT_EQ(allocations_for("POST /track HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
                              "X-Write-Key: 0123456789abcdef0123456789abcdef\r\n"
                              "X-Forwarded-For: 198.51.100.1, 203.0.113.7, 127.0.0.2\r\n\r\nx"),
              0);
}

TEST(Allocations, AreNoneForAChunkedRequest) {
    EXPECT_EQ(
        allocations_for("POST /track HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                        "a\r\n0123456789\r\n0\r\n\r\n"),
        0);
}

}  // namespace
}  // namespace inlet::http
