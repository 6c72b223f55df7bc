// An hour in which a delivery stream cannot be reached, or throttles every record, and then a quota of 1 MiB/s, on a clock that
// the test turns: journal, lane and Firehose sink as in the server, the service and the disk in memory.
#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "delivery/pump.hpp"
#include "event/event.hpp"
#include "journal/journal_fixture.hpp"
#include "sink/firehose_sink.hpp"

namespace inlet::app {
namespace {

constexpr std::size_t kRowsOfARequest = 500;
constexpr std::int64_t kHourMs = 3'600'000;

std::vector<std::uint64_t> seqs_in(std::string_view rows) {
    constexpr std::string_view kName = "\"seq\":";
    std::vector<std::uint64_t> seqs;
    for (auto at = rows.find(kName); at != std::string_view::npos; at = rows.find(kName, at + 1))
        seqs.push_back(std::stoull(std::string(rows.substr(at + kName.size(), 20))));
    return seqs;
}

// Takes nothing while it is dead or throttles all; then as much as its quota lets through.
class Stream final : public aws::FirehoseApi {
  public:
    explicit Stream(Clock& clock) : clock_(clock) {}

    std::vector<aws::PutOutcome> put(std::span<aws::PutRecordBatch const* const> calls) override {
        ++requests;
        std::vector<aws::PutOutcome> outcomes;
        std::size_t bytes = 0;
        for (auto const* call : calls) {
            bytes += call->raw_bytes();
            if (is_dead)
                outcomes.emplace_back(aws::Failure{.message = "connection refused"});
            else
                outcomes.push_back(take(*call));
        }
        most_bytes_at_a_time = std::max(most_bytes_at_a_time, bytes);
        return outcomes;
    }
    void cancel() override {}

    bool is_dead = false;
    bool throttles_all = false;
    std::uint64_t requests = 0;
    std::size_t most_bytes_at_a_time = 0;
    std::vector<std::uint64_t> arrived;

  private:
    std::vector<aws::RecordFate> take(aws::PutRecordBatch const& call) {
        constexpr double kQuota = 1 << 20;
        auto const now = clock_.steady_ms();
        tokens_ = std::min(kQuota, tokens_ + static_cast<double>(now - filled_ms_) / 1e3 * kQuota);
        filled_ms_ = now;
        std::vector<aws::RecordFate> fates;
        for (std::size_t i = 0; i < call.records(); ++i) {
            auto const size = static_cast<double>(call.record_bytes(i));
            if (throttles_all || size > tokens_) {
                fates.push_back(aws::RecordFate::throttled);
                continue;
            }
            tokens_ -= size;
            fates.push_back(aws::RecordFate::accepted);
            auto const seqs = seqs_in(call.record(i));
            arrived.insert(arrived.end(), seqs.begin(), seqs.end());
        }
        return fates;
    }

    Clock& clock_;
    double tokens_ = 0;
    std::int64_t filled_ms_ = 0;
};

class DeadStreamTest : public journal::JournalTest {
  protected:
    void make_lane() {
        options.segment_bytes = 1 << 20;
        options.max_bytes = 1ULL << 30;
        open();
        auto api = std::make_unique<Stream>(clock);
        stream = api.get();
        sink = std::make_unique<sink::FirehoseSink>(
            sink::FirehoseStream{.lane = "firehose", .type = {}, .name = "inlet"}, std::move(api),
            clock);
        pump =
            delivery::Pump::open(fs, clock, *sink, {.journal_dir = kDir, .node = journal->node()})
                .value();
    }
    // One request with many events, as the API appends it.
    void add_request() {
        std::string body = R"({"userId":"u","events":[)";
        for (std::size_t i = 0; i < kRowsOfARequest; ++i)
            body += std::string(i > 0 ? "," : "") +
                    R"({"eventName":"page_view","metadata":{"url":"https://www.example.org/"},)" +
                    R"("timestampUTC":1732273445123})";
        body += "]}";
        auto const size = body.size();
        body.append(event::kBodyPadding, ' ');
        std::string text;
        auto const outcome =
            renderer_.render(event::Kind::track, std::string_view(body).substr(0, size),
                             {clock.unix_ms(), {}}, text);
        ASSERT_EQ(outcome.rows, kRowsOfARequest);
        ASSERT_TRUE(append_text(static_cast<std::uint8_t>(event::Kind::track), outcome.rows, text));
        rows += outcome.rows;
    }
    // The lane's thread: it goes round when it said it would.
    void run_lane(std::int64_t until_ms) {
        while (clock.steady_ms() < until_ms) {
            auto const wake = pump->step(journal->synced(), false);
            journal->release(pump->keep_from());
            clock.advance_ms(std::clamp<std::int64_t>(wake - clock.steady_ms(), 1, 1'000));
        }
    }

    // Events come all the time.
    void pass_an_hour() {
        auto const begin = clock.steady_ms();
        for (int minute = 0; minute < 60; ++minute) {
            for (int i = 0; i < 2; ++i) add_request();
            run_lane(begin + (minute + 1) * 60'000);
        }
    }
    void expect_all_within_the_quota() {
        auto const back = clock.steady_ms();
        while (stream->arrived.size() < rows && clock.steady_ms() < back + kHourMs) {
            if (clock.steady_ms() % 5 == 0 && rows < 80'000) add_request();  // events go on coming
            run_lane(clock.steady_ms() + 1'000);
        }
        run_lane(clock.steady_ms() + 10'000);
        ASSERT_EQ(stream->arrived.size(), rows);
        auto const quota_s = static_cast<double>(pump->stats().sent_bytes.get()) / (1 << 20);
        EXPECT_LT(static_cast<double>(clock.steady_ms() - back) / 1e3, 2 * quota_s + 60);

        // Oldest first: a row is at most one window of calls ahead of one that arrives later.
        std::uint64_t highest = 0;
        for (auto seq : stream->arrived) {
            EXPECT_GT(seq + 20'000, highest);
            highest = std::max(highest, seq);
        }
        std::sort(stream->arrived.begin(), stream->arrived.end());
        EXPECT_EQ(std::unique(stream->arrived.begin(), stream->arrived.end()),
                  stream->arrived.end());
        EXPECT_EQ(pump->stats().delivered.get(), rows);
        EXPECT_LE(stream->most_bytes_at_a_time, (4U << 20) + 500'000);  // all that it holds of rows
        EXPECT_EQ(pump->keep_from(), journal->synced());
    }

    Stream* stream = nullptr;
    std::unique_ptr<sink::FirehoseSink> sink;
    std::unique_ptr<delivery::Pump> pump;
    std::uint64_t rows = 0;

  private:
    event::Renderer renderer_{event::Limits{}};
};

TEST_F(DeadStreamTest, AnHourOfBacklogGoesOutOldestFirstUnderAQuotaAndNothingIsLost) {
    make_lane();
    stream->is_dead = true;
    pass_an_hour();
    EXPECT_TRUE(stream->arrived.empty());
    EXPECT_EQ(pump->stats().failing.get(), 1U);
    EXPECT_LT(stream->requests, 1'000U);  // it does not storm a stream that is down
    stream->is_dead = false;
    expect_all_within_the_quota();
}

TEST_F(DeadStreamTest, AnHourInWhichEveryRecordIsThrottledIsNoStormEitherAndNothingIsLost) {
    make_lane();
    stream->throttles_all = true;
    pass_an_hour();
    EXPECT_TRUE(stream->arrived.empty());
    EXPECT_GT(pump->stats().throttled.get(), 0U);
    EXPECT_LT(stream->requests, 1'000U);
    stream->throttles_all = false;
    expect_all_within_the_quota();
}

}  // namespace
}  // namespace inlet::app
