#include "sink/s3.hpp"

#include <gmock/gmock.h>

#include "sink/object_plan.hpp"
#include "sink/object_sink.hpp"
#include "sink/s3_fixture.hpp"

namespace inlet::sink {
namespace {

using namespace test;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using S3SinkTest = S3Test;

// Parts from 1 MiB on, so that many deliveries take little time.
class SmallPutsTest : public S3Test {
  protected:
    std::unique_ptr<Sink> open_small_sink() {
        ObjectSinkOptions options;
        options.name = "s3";
        options.destination = "s3://example/lake";
        options.codec = Codec::off;
        return std::make_unique<ObjectSink>(options, [this](std::string const& destination) {
            auto const place = S3Place::parse(destination).value();
            return Result<std::unique_ptr<ObjectStore>>(
                std::make_unique<S3Store>(client_, place, false, S3Keeping{}, 1 << 20));
        });
    }

  private:
    aws::test::FakeS3Http http_{s3};
    aws::Client client_{service(), credentials, http_, clock};
};

// What can happen to any call.
std::vector<Fault> all_faults() {
    return {{Fault::When::instead},
            {Fault::When::after},
            {Fault::When::after, 500, "InternalError"},
            {Fault::When::instead, 409, "ConditionalRequestConflict"},
            {Fault::When::instead, 503, "SlowDown"},
            {Fault::When::instead, 403, "AccessDenied"},
            {Fault::When::instead, 404, "NoSuchBucket"},
            {Fault::When::instead, 404, "NoSuchUpload"},
            {Fault::When::instead, 301, "PermanentRedirect"},
            {Fault::When::instead, 412, "PreconditionFailed"}};
}

TEST_F(S3SinkTest, WritesOneObjectPerType) {
    for (Codec const codec : {Codec::off, Codec::gzip, Codec::zstd}) {
        s3 = {};
        auto const done = deliver_all(*open_sink(codec), mixed_rows()).value();
        EXPECT_EQ(done.rows, 5U);
        EXPECT_EQ(done.objects, 3U);
        EXPECT_EQ(done.requests, 3U);
        EXPECT_EQ(done.already_present, 0U);
        expect_exactly_once(mixed_rows(), codec);
    }
}

TEST_F(S3SinkTest, SendsNothingBeforeThereIsABatch) {
    auto const sink = open_sink();
    EXPECT_EQ(sink->name(), "s3");
    EXPECT_EQ(sink->roll().max_age_ms, 60'000);
    EXPECT_EQ(sink->roll().max_bytes, 64U << 20);
    EXPECT_THAT(sink->plan(batch_of(mixed_rows())), HasSubstr("destination=s3://example/lake/\n"));
    EXPECT_THAT(s3.calls, IsEmpty());
}

TEST_F(S3SinkTest, AFaultAtAnyCallIsRepairedByDeliveringAgain) {
    auto const rows = mixed_rows();
    for (auto const& fault : all_faults()) {
        for (std::size_t call = 1;; ++call) {
            s3 = {};
            s3.faults = {{call, fault}};
            auto const sink = open_sink();
            bool const failed = !deliver_all(*sink, rows);
            bool const all_done = s3.calls.size() < call;
            EXPECT_EQ(failed, !all_done) << fault.code << call;
            s3.faults.clear();
            auto const repeated = deliver_all(*sink, rows);
            ASSERT_TRUE(repeated) << repeated.error().message();
            EXPECT_EQ(repeated.value().rows, rows.size());
            expect_exactly_once(rows, Codec::gzip);
            if (all_done) break;
        }
    }
}

// Also a start anew in between, and every call of the upload in parts.
TEST_F(SmallPutsTest, AFaultAtAnyCallOfALargePlanIsRepairedByDeliveringAgain) {
    auto const rows = many_rows(6 << 20, false);
    for (auto const& fault : all_faults()) {
        for (std::size_t call = 1;; ++call) {
            s3 = {};
            s3.faults = {{call, fault}};
            auto const first = deliver_all(*open_small_sink(), rows);
            bool const all_done = s3.calls.size() < call;
            if (!first) {
                EXPECT_NE(first.error().code, Errc::corrupt);
            }
            s3.faults.clear();
            auto const repeated = deliver_all(*open_small_sink(), rows);
            ASSERT_TRUE(repeated) << repeated.error().message();
            expect_exactly_once(rows, Codec::off);

            if (all_done) break;
        }
    }
}

TEST_F(S3SinkTest, StopsAtAnObjectThatHoldsOtherRows) {
    for (std::size_t const bytes : {5U, 17U << 20}) {
        s3 = {};
        auto const rows = many_rows(bytes, false);
        auto const key = key_of("track", rows.size(), Codec::off);
        s3.objects[key] = {"foreign\n", {}};
        auto const sink = open_sink(Codec::off);
        for (int i = 0; i < 2; ++i) {
            auto const refused = deliver_all(*sink, rows);
            EXPECT_EQ(refused.error().code, Errc::corrupt);
            EXPECT_THAT(refused.error().context, HasSubstr(key));
        }
        EXPECT_EQ(s3.objects.at(key).body, "foreign\n");
        EXPECT_EQ(s3.open_uploads(), 0U);
    }
}

TEST_F(S3SinkTest, BringsLargePlansInBoundedMemory) {
    for (bool const compressible : {true, false}) {
        auto const rows = many_rows(40 << 20, compressible);
        for (Codec const codec : {Codec::gzip, Codec::zstd, Codec::off}) {
            SCOPED_TRACE(std::string(to_string(codec)) + (compressible ? " x" : " random"));
            s3 = {};
            Rows stream(rows);
            auto const sink = open_sink(codec);
            auto const done =
                sink->deliver(batch_of(rows), sink->plan(batch_of(rows)), stream).value();
            EXPECT_EQ(done.rows, rows.size());
            expect_exactly_once(rows, codec);
            bool const fits = compressible && codec != Codec::off;
            EXPECT_EQ(stream.rewinds, fits ? 0 : 1);
            EXPECT_EQ(s3.count("CreateMultipartUpload"), fits ? 0U : 1U);
            EXPECT_EQ(s3.count("PutObject"), fits ? 2U : 1U) << "few aliases need no parts";
            if (!fits) {
                EXPECT_EQ(s3.largest_body, aws::kMinPartBytes);
            }
            EXPECT_EQ(s3.open_uploads(), 0U);
            auto const again = deliver_all(*sink, rows).value();
            EXPECT_EQ(again.already_present, 2U);
        }
    }
}

TEST_F(S3SinkTest, PutsNothingThatDoesNotFitIntoOneRequest) {
    auto const rows = many_rows(15 << 20, false);
    ASSERT_TRUE(deliver_all(*open_sink(Codec::off), rows));
    EXPECT_EQ(s3.count("PutObject"), 2U);
    EXPECT_LE(s3.largest_body, kMaxPutBytes);
}

// The first reading gives other rows than the second: the journal's disk is failing.
TEST_F(S3SinkTest, PublishesNothingIfTheRowsChangeBetweenTwoReadings) {
    class Changing final : public RowStream {
      public:
        explicit Changing(std::vector<TestRow> rows) : rows_(std::move(rows)) {}
        Result<bool> next(Row& row) override { return stream_->next(row); }
        void rewind() override {
            rows_.pop_back();
            stream_.emplace(rows_);
        }

      private:
        std::vector<TestRow> rows_;
        std::optional<Rows> stream_ = std::optional<Rows>(std::in_place, rows_);
    };
    auto const rows = many_rows(17 << 20, false);
    Changing stream(rows);
    auto const sink = open_sink(Codec::off);
    auto const refused = sink->deliver(batch_of(rows), sink->plan(batch_of(rows)), stream);
    EXPECT_EQ(refused.error().code, Errc::io);
    EXPECT_TRUE(s3.objects.empty());
    EXPECT_EQ(s3.open_uploads(), 0U);
}

TEST_F(S3SinkTest, PublishesNothingIfTheRowsCannotBeReadToTheirEnd) {
    auto const rows = mixed_rows();
    Rows broken(rows, 4);
    auto const sink = open_sink();
    auto const result = sink->deliver(batch_of(rows), sink->plan(batch_of(rows)), broken);
    EXPECT_EQ(result.error().code, Errc::io);
    EXPECT_THAT(s3.calls, IsEmpty());
}

TEST_F(S3SinkTest, FollowsTheSavedPlanAndNotTheConfiguration) {
    auto const rows = mixed_rows();
    auto const plan = open_sink(Codec::gzip)->plan(batch_of(rows));
    auto options = options_with(Codec::zstd);
    options.prefix = "elsewhere";
    auto const sink = open_sink(options);
    Rows stream(rows);
    ASSERT_TRUE(sink->deliver(batch_of(rows), plan, stream));
    expect_exactly_once(rows, Codec::gzip);
    ASSERT_TRUE(deliver_all(*sink, rows));
    EXPECT_EQ(s3.objects.count("elsewhere/raw/type=alias/dt=2026-11-22/node-1-5.ndjson.zst"), 1U);
}

TEST_F(S3SinkTest, RefusesAPlanOfAnotherKindOfSink) {
    auto const rows = mixed_rows();
    Rows stream(rows);
    auto const plan = ObjectPlan{"var/lake", Codec::gzip, "node", 1, 5}.text();
    auto const result = open_sink()->deliver(batch_of(rows), plan, stream);
    EXPECT_EQ(result.error().code, Errc::corrupt);
    EXPECT_THAT(s3.calls, IsEmpty());
}

TEST_F(S3SinkTest, EndsSoonWhenItIsCancelled) {
    auto const sink = open_sink();
    s3.on_call = [&](std::string const&) { sink->cancel(); };
    EXPECT_EQ(deliver_all(*sink, mixed_rows()).error().code, Errc::stopping);
    EXPECT_EQ(s3.calls.size(), 1U);
    EXPECT_EQ(deliver_all(*sink, mixed_rows()).error().code, Errc::stopping);
    EXPECT_EQ(s3.calls.size(), 1U);
    EXPECT_TRUE(s3.objects.empty());
}

TEST_F(S3SinkTest, SaysWhatIsMissing) {
    s3.bucket = "another";
    auto const none = deliver_all(*open_sink(), mixed_rows());
    EXPECT_EQ(none.error().code, Errc::rejected);
    EXPECT_THAT(none.error().context, HasSubstr("PutObject s3://example/lake/raw/type=alias/"));
    EXPECT_THAT(none.error().context, HasSubstr("NoSuchBucket"));
}

TEST_F(S3SinkTest, CannotStartWithoutAPlaceAndARegion) {
    aws::Settings settings;
    auto const options = options_with(Codec::gzip);
    EXPECT_EQ(make_s3(options, settings, credentials, clock).error().code, Errc::invalid);
    settings.region = "eu-central-1";
    EXPECT_TRUE(make_s3(options, settings, credentials, clock));
    for (auto const& [bucket, prefix] :
         {std::pair{"", ""}, std::pair{"Example", ""}, std::pair{"example", "/a"}}) {
        auto wrong = options;
        wrong.bucket = bucket;
        wrong.prefix = prefix;
        EXPECT_EQ(make_s3(wrong, settings, credentials, clock).error().code, Errc::invalid);
    }
}

TEST(S3PathStyle, IsChosenWhereTheBucketCannotBeInTheHost) {
    EXPECT_FALSE(use_path_style(S3PathStyle::automatic, "example", false));
    EXPECT_TRUE(use_path_style(S3PathStyle::automatic, "example", true));
    EXPECT_TRUE(use_path_style(S3PathStyle::automatic, "ex.ample", false));
    EXPECT_TRUE(use_path_style(S3PathStyle::on, "example", false));
    EXPECT_FALSE(use_path_style(S3PathStyle::off, "ex.ample", true));
}

}  // namespace
}  // namespace inlet::sink
