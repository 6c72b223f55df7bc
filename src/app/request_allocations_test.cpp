// The whole way of a request takes nothing from the heap: socket, parser, rows, journal, commit, reply.
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/public_handler.hpp"
#include "base/base64.hpp"
#include "base/check.hpp"
#include "base/compress.hpp"
#include "http/server.hpp"
#include "journal/journal.hpp"
#include "support/allocation_counter.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/manual_clock.hpp"
#include "support/raw_client.hpp"

namespace inlet::app {
namespace {

constexpr int kWarmUp = 200;
constexpr int kMeasured = 500;

// What one thread takes from the heap from its event number kWarmUp to kMeasured events later.
class ThreadGauge {
  public:
    void event() {
        ++events_;
        if (events_ == kWarmUp) counter_.emplace();
        if (events_ == kWarmUp + kMeasured)
            allocations_ = static_cast<std::int64_t>(counter_->count());
    }
    // -1: not measured.
    [[nodiscard]] std::int64_t allocations() const { return allocations_; }

  private:
    std::optional<testing_support::AllocationCounter> counter_;
    int events_ = 0;
    std::atomic<std::int64_t> allocations_{-1};
};

// The real handler; its io thread is measured from request to request, replies included.
class MeasuredHandler final : public http::Handler {
  public:
    MeasuredHandler(api::Shared const& shared, http::Executor& executor, ThreadGauge& gauge)
        : handler_(shared, executor), gauge_(gauge) {}

    void handle(http::Request const& request, http::Exchange& exchange) override {
        gauge_.event();
        handler_.handle(request, exchange);
    }
    void refuse(unsigned status, std::string_view detail, http::Exchange& exchange) override {
        handler_.refuse(status, detail, exchange);
    }
    void turn_over() override { handler_.turn_over(); }

  private:
    api::PublicHandler handler_;
    ThreadGauge& gauge_;
};

// The real files; whoever syncs the segments is measured from sync to sync.
class MeasuredFile final : public test::ForwardingFile {
  public:
    MeasuredFile(std::unique_ptr<File> below, ThreadGauge& gauge)
        : ForwardingFile(std::move(below)), gauge_(gauge) {}
    Result<void> sync() override {
        gauge_.event();
        return ForwardingFile::sync();
    }

  private:
    ThreadGauge& gauge_;
};

class MeasuredFileSystem final : public test::ForwardingFileSystem {
  public:
    explicit MeasuredFileSystem(ThreadGauge& gauge)
        : ForwardingFileSystem(posix_file_system()), gauge_(gauge) {}
    Result<std::unique_ptr<File>> open(std::string const& path, OpenMode mode) override {
        TRY(auto file, ForwardingFileSystem::open(path, mode));
        return std::unique_ptr<File>(new MeasuredFile(std::move(file), gauge_));
    }

  private:
    ThreadGauge& gauge_;
};

class Folder {
  public:
    Folder() {
        std::string name = testing::TempDir() + "inlet-allocations-XXXXXX";
        CHECK(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Folder() { std::filesystem::remove_all(path_); }
    Folder(Folder const&) = delete;
    Folder& operator=(Folder const&) = delete;
    [[nodiscard]] std::string const& path() const { return path_; }

  private:
    std::string path_;
};

std::string event(int number) {
    return R"({"eventName":"page_view","metadata":{"path":"/pricing","n":)" +
           std::to_string(number) + R"(},"timestampUTC":1795345442})";
}

std::string track(int events) {
    std::string body = R"({"userId":"somebody@example.org","events":[)";
    for (int i = 0; i < events; ++i) body += (i == 0 ? "" : ",") + event(i);
    return body + "]}";
}

std::string in_gzip(std::string const& body) {
    std::string out;
    Compressor(Codec::gzip).append(body, out);
    return out;
}

std::string post(std::string const& path, std::string const& body,
                 std::string const& headers = {}) {
    return "POST " + path + " HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n" + headers +
           "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string basic(std::string const& user_and_password) {
    std::string value = "Basic ";
    append_base64(value, user_and_password);
    return value;
}

constexpr char const* kKey = "a-write-key-of-some-length-0123456789";
constexpr char const* kForwarded = "X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\n";

// A door with everything that can be asked for: a key, limits, and the address that a proxy names.
api::ApiOptions guarded() {
    api::ApiOptions options;
    options.store_address = api::StoredAddress::truncated;
    options.write_keys = {std::string("web:") + kKey, "ios:another-write-key-0123456789"};
    options.address_rate = {.per_second = 1'000'000, .burst = 1'000'000};
    options.key_rate = options.address_rate;
    return options;
}

struct Call {
    char const* name;
    std::string request;
    api::ApiOptions options = {};
};

class RequestAllocations : public testing::TestWithParam<Call> {
  protected:
    RequestAllocations() {
        auto opened = journal::Journal::open(fs_, clock_, {.dir = folder_.path()}, {});
        CHECK(opened.has_value());
        journal_ = std::move(opened).value();
        health_.emplace(*journal_);
        auto keys = api::WriteKeys::load(fs_, options_.write_keys, {});
        CHECK(keys.has_value());
        admission_.emplace(options_, std::move(keys).value(), clock_);
        shared_.emplace(api::Shared{.options = options_,
                                    .collect = {.store_address = options_.store_address},
                                    .admission = *admission_,
                                    .cors = cors_,
                                    .journal = *journal_,
                                    .health = *health_,
                                    .fs = fs_,
                                    .clock = clock_,
                                    .stats = stats_});
        http::Options server;
        server.threads = 1;
        server.listen = {"127.0.0.1:0"};
        server.trusted_proxies = {"127.0.0.0/8"};
        auto started = http::Server::start(server, clock_, [this](http::Executor& executor) {
            return std::make_unique<MeasuredHandler>(*shared_, executor, io_thread_);
        });
        CHECK(started.has_value());
        server_ = std::move(started).value();
    }
    ~RequestAllocations() override {
        server_->stop(0);
        journal_->stop();
        server_.reset();
    }

    ThreadGauge io_thread_;
    ThreadGauge journal_thread_;
    Folder folder_;
    MeasuredFileSystem fs_{journal_thread_};
    test::ManualClock clock_;  // stands still: once a second the Date header is made anew
    api::ApiOptions options_ = GetParam().options;
    api::Cors cors_{{"*"}};
    api::Stats stats_;
    std::unique_ptr<journal::Journal> journal_;
    std::optional<api::Health> health_;
    std::optional<api::Admission> admission_;
    std::optional<api::Shared> shared_;
    std::unique_ptr<http::Server> server_;
};

TEST_P(RequestAllocations, AreNoneOnceTheConnectionIsWarm) {
    test::RawClient client(server_->addresses().front());
    for (int i = 0; i < kWarmUp + kMeasured + 10; ++i) {
        auto const reply = client.send(GetParam().request).read_reply();
        ASSERT_EQ(reply.status, 200) << reply.body;
    }
    EXPECT_EQ(io_thread_.allocations(), 0);
    EXPECT_EQ(journal_thread_.allocations(), 0);
}

INSTANTIATE_TEST_SUITE_P(
    OfEveryCall, RequestAllocations,
    testing::Values(
        Call{"Track", post("/track", track(1))},
        Call{"TrackOfTenEvents", post("/track", track(10))},
        Call{"TrackInGzip", post("/track", in_gzip(track(10)), "Content-Encoding: gzip\r\n")},
        Call{"TrackWithAnIdempotencyKey", post("/track", track(1), "Idempotency-Key: a-key\r\n")},
        Call{"TrackOfAPageElsewhere",
             post("/track", track(1), "Origin: https://www.example.org\r\n")},
        Call{"TrackWithAWriteKey",
             post("/track", track(1), std::string("X-Write-Key: ") + kKey + "\r\n" + kForwarded),
             guarded()},
        Call{"TrackWithABearerToken",
             post("/track", track(1),
                  std::string("Authorization: Bearer ") + kKey + "\r\n" + kForwarded),
             guarded()},
        Call{"TrackWithBasicCredentials",
             post("/track", track(1),
                  "Authorization: " + basic(std::string(kKey) + ":") + "\r\n" + kForwarded),
             guarded()},
        Call{"Alias",
             post("/alias", R"({"newUserId":"a","originalUserId":"b","timestampUTC":1795345442})")},
        Call{"Profile",
             post("/profile",
                  R"({"userId":"a","attributes":{"plan":"pro"},"timestampUTC":1795345442})")}),
    [](auto const& call) { return std::string(call.param.name); });

}  // namespace
}  // namespace inlet::app
