#include "sink/firehose_sink.hpp"

#include <functional>
#include <gmock/gmock.h>
#include <map>

#include "support/manual_clock.hpp"

namespace inlet::sink {
namespace {

using aws::RecordFate;
using testing::ElementsAre;

constexpr std::size_t kRowBytes = 200;

// The line of a row says its seq, so that what arrives can be counted.
std::string line_of(std::uint64_t seq, std::size_t bytes = kRowBytes) {
    auto line = "{\"seq\":" + std::to_string(seq) + ",\"fill\":\"";
    line.append(bytes > line.size() + 3 ? bytes - line.size() - 3 : 0, 'x');
    return line + "\"}\n";
}

std::vector<std::uint64_t> seqs_in(std::string_view rows) {
    std::vector<std::uint64_t> seqs;
    while (!rows.empty()) {
        auto const line = rows.substr(0, rows.find('\n') + 1);
        EXPECT_EQ(line.back(), '\n');
        seqs.push_back(std::stoull(std::string(line.substr(7))));
        rows.remove_prefix(line.size());
    }
    return seqs;
}

class Rows final : public RowStream {
  public:
    Rows(std::vector<std::string> const& lines, RowSet const* only) : lines_(lines), only_(only) {}

    Result<bool> next(Row& row) override {
        while (at_ < lines_.size()) {
            if (at_ == fail_at) return fail(Errc::io, "journal");
            auto const seq = ++at_;
            if (only_ != nullptr && !only_->contains(seq)) continue;
            row = {"track", seq, 0, lines_[seq - 1]};
            return true;
        }
        return false;
    }
    void rewind() override { at_ = 0; }

    std::uint64_t fail_at = RowSet::kNoRow;  // so many rows can be read

  private:
    std::vector<std::string> const& lines_;
    RowSet const* only_;
    std::uint64_t at_ = 0;
};

// Holds each call against the service's limits, and answers as the test says.
class FakeFirehose final : public aws::FirehoseApi {
  public:
    using Answer = std::function<aws::PutOutcome(aws::PutRecordBatch const&)>;

    std::vector<aws::PutOutcome> put(std::span<aws::PutRecordBatch const* const> calls) override {
        most_at_a_time = std::max(most_at_a_time, calls.size());
        std::vector<aws::PutOutcome> outcomes;
        for (auto const* call : calls) {
            check_limits(*call);
            auto outcome = answer ? answer(*call) : accept(*call);
            if (outcome) {
                for (std::size_t i = 0; i < call->records(); ++i)
                    if (outcome.value()[i] == RecordFate::accepted) take(call->record(i));
            }
            outcomes.push_back(std::move(outcome));
        }
        return outcomes;
    }
    void cancel() override { cancelled = true; }

    static aws::PutOutcome accept(aws::PutRecordBatch const& call) {
        return std::vector<RecordFate>(call.records(), RecordFate::accepted);
    }

    std::map<std::uint64_t, int> arrived;  // seq -> how often
    std::vector<std::size_t> records;      // rows of each accepted record
    std::vector<std::size_t> calls_bytes;
    std::size_t most_at_a_time = 0;
    bool cancelled = false;
    bool gzip = false;
    Answer answer;

  private:
    void check_limits(aws::PutRecordBatch const& call) {
        EXPECT_LE(call.records(), aws::kMaxCallRecords);
        EXPECT_LE(call.raw_bytes(), aws::kMaxCallBytes);
        for (std::size_t i = 0; i < call.records(); ++i)
            EXPECT_LE(call.record(i).size(), aws::kMaxRecordBytes);
        calls_bytes.push_back(call.raw_bytes());
    }
    void take(std::string record) {
        if (gzip) {
            std::string plain;
            ASSERT_TRUE(inflate_gzip(record, 8 << 20, plain).has_value());
            record = plain;
        }
        auto const seqs = seqs_in(record);
        EXPECT_TRUE(gzip || seqs.size() <= kMaxRecordRows) << seqs.size();
        records.push_back(seqs.size());
        for (auto seq : seqs) ++arrived[seq];
    }
};

class FirehoseSinkTest : public testing::Test {
  protected:
    void make(Codec codec = Codec::off) {
        auto api = std::make_unique<FakeFirehose>();
        fake = api.get();
        fake->gzip = codec == Codec::gzip;
        sink = std::make_unique<FirehoseSink>(
            FirehoseStream{"firehose-track", "track", "inlet-track", 5'000, codec}, std::move(api),
            clock);
    }
    void add_rows(std::size_t count, std::size_t bytes = kRowBytes) {
        for (std::size_t i = 0; i < count; ++i) lines.push_back(line_of(lines.size() + 1, bytes));
    }
    // The journal cannot be read behind `readable` rows.
    Result<Delivered> deliver_some(std::uint64_t readable) {
        Rows rows(lines, nullptr);
        rows.fail_at = readable;
        return sink->deliver(batch(), "", rows);
    }
    [[nodiscard]] Batch batch() const {
        return {"node", 1, lines.size(), lines.size(), lines.size() * kRowBytes, 0};
    }
    Delivered deliver(RowSet const* only = nullptr) {
        Rows rows(lines, only);
        auto done = sink->deliver(batch(), "", rows);
        EXPECT_TRUE(done.has_value());
        return done.value();
    }
    // As the pump does it: what remains is sent again, with pauses as the sink wants them.
    Delivered deliver_all() {
        Delivered sum;
        RowSet left;
        for (int rounds = 0; rounds < 2'000; ++rounds) {
            auto done = deliver(rounds == 0 ? nullptr : &left);
            sum.rows += done.rows;
            sum.bytes_sent += done.bytes_sent;
            sum.bytes_billed += done.bytes_billed;
            sum.throttled += done.throttled;
            sum.retried += done.retried;
            for (auto& row : done.refused) sum.refused.push_back(row);
            if (done.remaining.empty()) return sum;
            keep(left, done.remaining, rounds > 0);
            clock.advance_ms(done.error ? 1'000 : done.wait_ms);
        }
        ADD_FAILURE() << "it never ends";
        return sum;
    }
    static void keep(RowSet& left, RowSet remaining, bool had_left) {
        if (had_left && remaining.from < left.from) {
            for (auto seq : left.seqs)
                if (seq >= remaining.from) remaining.seqs.push_back(seq);
            remaining.from = left.from;
        }
        left = std::move(remaining);
    }
    void expect_each_row_once() {
        EXPECT_EQ(fake->arrived.size(), lines.size());
        for (auto const& [seq, times] : fake->arrived) EXPECT_EQ(times, 1) << seq;
    }

    test::ManualClock clock;
    FakeFirehose* fake = nullptr;
    std::unique_ptr<FirehoseSink> sink;
    std::vector<std::string> lines;
};

aws::Failure failure(aws::Reaction reaction, bool unknown = false) {
    return {reaction, unknown, 400, "Code", "message"};
}

TEST_F(FirehoseSinkTest, BringsEveryRowOnceInRecordsOfManyRows) {
    make();
    add_rows(30'000);
    auto const done = deliver_all();
    EXPECT_EQ(done.rows, 30'000U);
    expect_each_row_once();
    EXPECT_LE(fake->records.size(), 63U);
}

TEST_F(FirehoseSinkTest, BillsLittleMoreThanTheRowsAreLong) {
    for (std::size_t bytes : {120U, 200U, 500U, 1'024U, 3'000U}) {
        lines.clear();
        make();
        add_rows((4U << 20) / bytes, bytes);
        auto const done = deliver_all();
        EXPECT_EQ(done.bytes_sent, lines.size() * bytes);
        EXPECT_LT(static_cast<double>(done.bytes_billed),
                  1.02 * static_cast<double>(done.bytes_sent))
            << bytes;
    }
}

TEST_F(FirehoseSinkTest, SendsCallsOfAboutOneMebibyteSeveralAtATimeWhenTheStreamTakesIt) {
    make();
    add_rows(200'000);
    deliver_all();
    EXPECT_EQ(fake->most_at_a_time, 4U);
    EXPECT_LT(*std::max_element(fake->calls_bytes.begin(), fake->calls_bytes.end()),
              (1U << 20) + 110'000);
    EXPECT_GE(fake->calls_bytes[fake->calls_bytes.size() / 2], 1U << 20);
}

TEST_F(FirehoseSinkTest, TakesTheLongestRows) {
    make();
    add_rows(6, 1'000'000);
    deliver_all();
    expect_each_row_once();
}

TEST_F(FirehoseSinkTest, SendsOnlyTheFailedRecordsAgainWhicheverTheyAre) {
    using Pick = std::function<bool(std::size_t index, std::size_t count)>;
    Pick const picks[] = {[](auto i, auto) { return i == 0; },
                          [](auto i, auto n) { return i == n - 1; },
                          [](auto i, auto) { return i % 2 == 0; }, [](auto, auto) { return true; },
                          [](auto i, auto) { return i != 3; }};
    for (auto fate : {RecordFate::throttled, RecordFate::failed}) {
        for (auto const& pick : picks) {
            lines.clear();
            make();
            add_rows(4'000);
            bool first = true;
            fake->answer = [&](aws::PutRecordBatch const& call) -> aws::PutOutcome {
                std::vector<RecordFate> fates(call.records(), RecordFate::accepted);
                if (std::exchange(first, false)) {
                    for (std::size_t i = 0; i < fates.size(); ++i)
                        if (pick(i, fates.size())) fates[i] = fate;
                }
                return fates;
            };
            deliver_all();
            expect_each_row_once();
        }
    }
}

TEST_F(FirehoseSinkTest, SaysWhatFailedAndWhy) {
    make();
    add_rows(600);  // two records
    fake->answer = [](aws::PutRecordBatch const&) -> aws::PutOutcome {
        return std::vector{RecordFate::accepted, RecordFate::throttled};
    };
    auto const done = deliver();
    EXPECT_EQ(done.remaining.seqs.size() + done.rows, 600U);
    EXPECT_EQ(done.remaining.seqs.back(), 600U);
    ASSERT_TRUE(done.error.has_value());
    EXPECT_EQ(done.error->code, Errc::overloaded);
    EXPECT_EQ(done.throttled, 1U);
    EXPECT_EQ(done.maybe_duplicated, 0U);
}

TEST_F(FirehoseSinkTest, AnUnknownOutcomeIsCountedAsMaybeTwice) {
    make();
    add_rows(10);
    fake->answer = [](aws::PutRecordBatch const&) -> aws::PutOutcome {
        return failure(aws::Reaction::retry, true);
    };
    auto const done = deliver();
    EXPECT_EQ(done.maybe_duplicated, 10U);
    EXPECT_EQ(done.remaining.seqs.size(), 10U);
}

TEST_F(FirehoseSinkTest, AWrongConfigurationHoldsAndLosesNothing) {
    make();
    add_rows(10);
    fake->answer = [](aws::PutRecordBatch const&) -> aws::PutOutcome {
        return failure(aws::Reaction::hold);
    };
    auto const done = deliver();
    ASSERT_TRUE(done.error.has_value());
    EXPECT_EQ(done.error->code, Errc::rejected);
    EXPECT_EQ(done.remaining.seqs.size(), 10U);
    EXPECT_TRUE(done.refused.empty());
}

TEST_F(FirehoseSinkTest, FindsTheRowsThatNobodyTakesAndDeliversTheRest) {
    make();
    add_rows(3'000);
    std::vector<std::uint64_t> const poison = {1, 777, 778, 3'000};
    fake->answer = [&](aws::PutRecordBatch const& call) -> aws::PutOutcome {
        for (std::size_t i = 0; i < call.records(); ++i) {
            for (auto seq : seqs_in(call.record(i)))
                if (std::count(poison.begin(), poison.end(), seq) > 0)
                    return failure(aws::Reaction::poison);
        }
        return FakeFirehose::accept(call);
    };
    auto const done = deliver_all();
    std::vector<std::uint64_t> refused;
    for (auto const& row : done.refused) refused.push_back(row.seq);
    EXPECT_EQ(refused, poison);
    EXPECT_EQ(fake->arrived.size(), 2'996U);
    EXPECT_THAT(done.refused[0].reason, testing::HasSubstr("message"));
}

TEST_F(FirehoseSinkTest, HoldsWhenEveryOneOfManyRowsIsRefused) {
    for (std::size_t count : {2U, 20U, 64U, 65U, 1'000U}) {
        lines.clear();
        make();
        add_rows(count);
        fake->answer = [](aws::PutRecordBatch const&) -> aws::PutOutcome {
            return failure(aws::Reaction::poison);
        };
        auto const done = deliver();
        EXPECT_TRUE(done.refused.empty());
        ASSERT_TRUE(done.error.has_value());
        EXPECT_EQ(done.error->code, Errc::rejected);
        EXPECT_EQ(done.remaining.seqs.size(), count);
    }
}

TEST_F(FirehoseSinkTest, ManyRefusedRowsInFrontHoldNoGoodOnesBehind) {
    make();
    add_rows(400);
    fake->answer = [&](aws::PutRecordBatch const& call) -> aws::PutOutcome {
        for (auto seq : seqs_in(call.record(0)))
            if (seq <= 150) return failure(aws::Reaction::poison);
        return FakeFirehose::accept(call);
    };
    auto const done = deliver_all();
    EXPECT_EQ(done.refused.size(), 150U);
    EXPECT_EQ(fake->arrived.size(), 250U);
    for (auto const& [seq, times] : fake->arrived) EXPECT_EQ(times, 1) << seq;
}

TEST_F(FirehoseSinkTest, GzipMembersHoldWholeRows) {
    make(Codec::gzip);
    add_rows(30'000);
    auto const done = deliver_all();
    expect_each_row_once();
    EXPECT_LT(done.bytes_billed * 8, lines.size() * kRowBytes);
}

// A stream with a quota of 1 MiB/s, as most regions give it.
TEST_F(FirehoseSinkTest, FindsTheRateThatAQuotaAllows) {
    make();
    add_rows(100'000);  // 20 MB
    double tokens = 1 << 20;
    auto last_ms = clock.steady_ms();
    fake->answer = [&](aws::PutRecordBatch const& call) -> aws::PutOutcome {
        auto const now = clock.steady_ms();
        tokens = std::min<double>(1 << 20, tokens + static_cast<double>(now - last_ms) * 1'048.576);
        last_ms = now;
        std::vector<RecordFate> fates;
        for (std::size_t i = 0; i < call.records(); ++i) {
            bool const fits = tokens >= static_cast<double>(call.record_bytes(i));
            if (fits) tokens -= static_cast<double>(call.record_bytes(i));
            fates.push_back(fits ? RecordFate::accepted : RecordFate::throttled);
        }
        return fates;
    };
    auto const begin = clock.steady_ms();
    auto const done = deliver_all();
    expect_each_row_once();
    auto const seconds = static_cast<double>(clock.steady_ms() - begin) / 1'000;
    EXPECT_LT(seconds, 2.0 * 20'000'000 / (1 << 20));  // at least half of what is allowed
    EXPECT_LT(done.retried, 100'000U / 2);
}

TEST_F(FirehoseSinkTest, WaitsForItsPaceWithoutCallingItAnError) {
    make();
    add_rows(20'000);
    auto const done = deliver();
    EXPECT_FALSE(done.error.has_value());
    EXPECT_GT(done.wait_ms, 0);
    EXPECT_GT(done.remaining.from, 1U);
    EXPECT_EQ(done.rows, done.remaining.from - 1);
}

TEST_F(FirehoseSinkTest, RowsThatWerePackedWhenTheJournalFailedAreNotSentTwice) {
    make();
    add_rows(100);
    auto const failed = deliver_some(50);
    ASSERT_FALSE(failed.has_value());
    EXPECT_EQ(failed.error().code, Errc::io);
    EXPECT_TRUE(fake->arrived.empty());
    deliver_all();
    expect_each_row_once();
}

TEST_F(FirehoseSinkTest, WhatArrivedBeforeTheJournalFailedIsNotSentAgain) {
    make();
    add_rows(20'000);
    fake->answer = [this](auto const& call) {
        clock.advance_ms(1'000);  // so that it may go on at once
        return FakeFirehose::accept(call);
    };
    auto const done = deliver_some(19'000).value();
    EXPECT_EQ(done.error->code, Errc::io);
    EXPECT_GT(done.rows, 0U);
    EXPECT_EQ(done.remaining.from, done.rows + 1);
    deliver(&done.remaining);
    expect_each_row_once();
}

}  // namespace
}  // namespace inlet::sink
