#include "aws/credential_cache.hpp"

#include <atomic>
#include <future>

#include "aws/client.hpp"
#include "aws/credential_chain.hpp"
#include "aws/credential_fixture.hpp"
#include "base/guarded.hpp"
#include "support/manual_clock.hpp"

namespace inlet::aws {
namespace {

constexpr std::int64_t kHourMs = 3'600'000;

// Answers when the test says so.
class HeldProvider final : public CredentialProvider {
  public:
    using Answer = Result<std::optional<Credentials>>;

    [[nodiscard]] std::string_view name() const override { return "test"; }
    Answer fetch() override {
        ++fetches;
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return cancelled_ || !answers_.empty(); });
        if (cancelled_) return fail(Errc::stopping, "cancelled");
        auto answer = std::move(answers_.front());
        answers_.erase(answers_.begin());
        return answer;
    }
    void give(Answer answer) {
        std::lock_guard lock(mutex_);
        answers_.push_back(std::move(answer));
        changed_.notify_all();
    }
    void cancel() {
        std::lock_guard lock(mutex_);
        cancelled_ = true;
        changed_.notify_all();
    }
    std::atomic<int> fetches{0};

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::vector<Answer> answers_;
    bool cancelled_ = false;
};

class CacheTest : public testing::Test {
  protected:
    std::unique_ptr<CredentialCache> start(std::int64_t max_get_ms = CredentialCache::kMaxGetMs) {
        return std::make_unique<CredentialCache>(
            provider, system_clock(), [this] { provider.cancel(); }, max_get_ms);
    }
    static Credentials temporary(std::string const& key_id) {
        return {key_id, "s", "t", system_clock().unix_ms() + kHourMs};
    }
    static void wait_until_given(CredentialCache& cache) {
        auto const end_ms = system_clock().steady_ms() + 20'000;
        while (!cache.get() && system_clock().steady_ms() < end_ms) std::this_thread::yield();
    }
    HeldProvider provider;
    test::ManualClock clock;
};

TEST_F(CacheTest, WaitsForTheFirstFetchAndThenNoMore) {
    auto const cache = start();
    auto waiting = std::async(std::launch::async, [&] { return cache->get(); });
    provider.give(std::optional(temporary("ASIA1")));
    EXPECT_EQ(waiting.get().value().access_key_id, "ASIA1");
    EXPECT_EQ(cache->get().value().access_key_id, "ASIA1");
    EXPECT_EQ(provider.fetches, 1);
}

TEST_F(CacheTest, DoesNotWaitForEver) {
    auto const cache = start(20);
    auto const given = cache->get();
    ASSERT_FALSE(given);
    EXPECT_EQ(given.error().message(), "AWS credentials: none has come within 20 ms: unavailable");
}

TEST_F(CacheTest, WaitsNoMoreOnceItIsToldSo) {
    CredentialCache cache(
        provider, clock, [this] { provider.cancel(); }, 60'000);
    provider.give(Credentials{"ASIA1", "s", "t", clock.unix_ms() + kHourMs});
    ASSERT_TRUE(cache.get());
    clock.advance_ms(kHourMs);
    auto waiting = std::async(std::launch::async, [&] { return cache.get(); });
    while (provider.fetches < 2) std::this_thread::yield();  // it has asked for them, and waits
    cache.stop_waiting();
    auto const given = waiting.get();
    ASSERT_FALSE(given);
    EXPECT_EQ(given.error().code, Errc::stopping);
}

TEST_F(CacheTest, AnswersAtOnceWithTheReasonOfAFailure) {
    auto const cache = start();
    provider.give(fail(Errc::timeout, "container: GET http://localhost/"));
    for (int i = 0; i < 3; ++i) {
        auto const given = cache->get();
        ASSERT_FALSE(given);
        EXPECT_EQ(given.error().code, Errc::unavailable);
        EXPECT_EQ(given.error().context,
                  "AWS credentials: container: GET http://localhost/: timed out");
    }
}

TEST_F(CacheTest, RecoversByItselfAfterAFailure) {
    auto const cache = start();
    provider.give(fail(Errc::unavailable, "down"));
    EXPECT_FALSE(cache->get());
    provider.give(std::optional(temporary("ASIA1")));  // the thread comes again after a second
    wait_until_given(*cache);
    EXPECT_EQ(cache->get().value().access_key_id, "ASIA1");
}

TEST_F(CacheTest, FetchesNewOnesForThoseThatWereRefused) {
    auto const cache = start();
    provider.give(std::optional(temporary("ASIA1")));
    auto const first = cache->get().value();
    cache->refused(first);
    provider.give(std::optional(temporary("ASIA2")));
    EXPECT_EQ(cache->get().value().access_key_id, "ASIA2");
    cache->refused(first);
    EXPECT_EQ(cache->get().value().access_key_id, "ASIA2");
    EXPECT_EQ(provider.fetches, 2);
}

TEST_F(CacheTest, ReplacesATokenThatExpiresBeforeACallArrives) {
    auto const cache = start();
    provider.give(std::optional(temporary("ASIA1")));
    provider.give(std::optional(temporary("ASIA2")));
    FakeHttp http;
    http.answer("POST", "http://localhost/", 400, R"({"__type":"ExpiredTokenException"})");
    http.answer("POST", "http://localhost/", 200, "done");
    Client client({"firehose", "eu-central-1", {"http", "localhost"}}, *cache, http,
                  system_clock());
    auto const outcome = client.call({});
    ASSERT_TRUE(outcome);
    EXPECT_EQ(outcome.value().body, "done");
    EXPECT_THAT(http.seen[0].header("authorization"), testing::HasSubstr("Credential=ASIA1/"));
    EXPECT_THAT(http.seen[1].header("authorization"), testing::HasSubstr("Credential=ASIA2/"));
}

TEST_F(CacheTest, EndsAFetchThatIsUnderWay) {
    auto cache = start();
    while (provider.fetches == 0) std::this_thread::yield();
    cache.reset();
    EXPECT_EQ(provider.fetches, 1);
}

TEST_F(CacheTest, ServesManyThreads) {
    auto const cache = start();
    std::vector<std::future<std::string>> all;
    for (int i = 0; i < 8; ++i)
        all.push_back(std::async(std::launch::async, [&] {
            std::string last;
            for (int n = 0; n < 200; ++n) last = cache->get().value().access_key_id;
            return last;
        }));
    provider.give(std::optional(temporary("ASIA1")));
    for (auto& one : all) EXPECT_EQ(one.get(), "ASIA1");
}

TEST_F(CacheTest, LogsTheEndOfTheKeyIdAndNoSecret) {
    testing::internal::CaptureStderr();
    {
        auto const cache = start();
        provider.give(
            std::optional(Credentials{"AKIDEXAMPLE00000WXYZ", "the-secret", "the-token", {}}));
        EXPECT_TRUE(cache->get());
    }
    auto const log = testing::internal::GetCapturedStderr();
    EXPECT_THAT(log, testing::HasSubstr("...WXYZ"));
    EXPECT_THAT(log, testing::HasSubstr("test"));
    EXPECT_THAT(log, testing::Not(testing::HasSubstr("AKIDEXAMPLE")));
    EXPECT_THAT(log, testing::Not(testing::HasSubstr("the-")));
}

TEST(CredentialChain, GivesWhatTheEnvironmentHas) {
    Settings settings;
    settings.profile = "default";
    auto const chain = make_credential_chain(
        settings,
        [](std::string_view name) -> std::optional<std::string> {
            if (name == "AWS_ACCESS_KEY_ID") return "AKVARIABLE";
            if (name == "AWS_SECRET_ACCESS_KEY") return "s";
            return std::nullopt;
        },
        system_clock());
    EXPECT_EQ(chain->get().value().access_key_id, "AKVARIABLE");
}

TEST(CredentialChain, NeitherBlocksAtItsStartNorAtItsEnd) {
    Settings settings;
    settings.profile = "default";
    settings.profiles["default"]["credential_process"] = "sleep 60";
    auto const began_ms = system_clock().steady_ms();
    auto chain = make_credential_chain(
        settings, [](std::string_view) { return std::optional<std::string>(); }, system_clock());
    chain.reset();
    EXPECT_LT(system_clock().steady_ms() - began_ms, 20'000);
}

TEST(FixedCredentials, StayAlsoIfRefused) {
    auto const source = fixed_credentials({"AK", "s"});
    source->refused(source->get().value());
    EXPECT_EQ(source->get().value().access_key_id, "AK");
}

TEST(Interrupt, EndsASleepForGood) {
    Interrupt interrupt;
    EXPECT_TRUE(interrupt.sleep_ms(1));
    std::thread other([&] { interrupt.raise(); });
    EXPECT_FALSE(interrupt.sleep_ms(60'000));
    other.join();
    EXPECT_FALSE(interrupt.sleep_ms(60'000));
    EXPECT_TRUE(interrupt.raised());
}

}  // namespace
}  // namespace inlet::aws
