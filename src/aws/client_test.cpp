#include "aws/client.hpp"

#include <deque>
#include <gtest/gtest.h>

#include "base/time.hpp"
#include "support/manual_clock.hpp"

namespace inlet::aws {
namespace {

using test::ManualClock;

// Answers from a list; what it was asked is kept.
class FakeHttp final : public HttpClient {
  public:
    std::vector<Result<HttpReply>> send_all(std::span<HttpRequest const> requests) override {
        std::vector<Result<HttpReply>> out;
        sizes.push_back(requests.size());
        for (HttpRequest const& request : requests) {
            sent.push_back(request);
            if (replies.empty()) {
                out.emplace_back(HttpReply{200});
            } else {
                out.push_back(std::move(replies.front()));
                replies.pop_front();
            }
        }
        return out;
    }
    void cancel() override { cancelled = true; }

    bool cancelled = false;
    std::deque<Result<HttpReply>> replies;
    std::vector<HttpRequest> sent;
    std::vector<std::size_t> sizes;  // of each send_all()
};

// "key-0", after each refusal the next one.
class FakeCredentials final : public CredentialSource {
  public:
    Result<Credentials> get() override {
        if (error) return *error;
        return Credentials{"key-" + std::to_string(refusals), "secret"};
    }
    void refused(Credentials const& credentials) override {
        EXPECT_EQ(credentials.access_key_id, "key-" + std::to_string(refusals));
        ++refusals;
    }

    void stop_waiting() override { waits = false; }

    bool waits = true;
    int refusals = 0;
    std::optional<Error> error;
};

HttpReply refusal(std::string_view code, std::int64_t date_ms) {
    std::string body = R"({"__type":")";
    body.append(code).append("\"}");
    return {403, {{"date", http_date(date_ms)}}, std::move(body)};
}

std::string value_of(HttpRequest const& request, std::string_view name) {
    for (Header const& header : request.headers) {
        if (header.name == name) return header.value;
    }
    return "(none)";
}

class ClientTest : public ::testing::Test {
  protected:
    std::string key_of(std::size_t i) {
        std::string const value = value_of(http.sent.at(i), "authorization");
        auto const at = value.find("Credential=") + 11;
        return value.substr(at, value.find('/') - at);
    }
    std::string date_of(std::size_t i) { return value_of(http.sent.at(i), "x-amz-date"); }

    FakeHttp http;
    FakeCredentials credentials;
    ManualClock clock;
    Client client{Service{"s3", "eu-central-1", {"https", "s3.example.com", "/base"}}, credentials,
                  http, clock};
};

TEST_F(ClientTest, SendsASignedRequest) {
    Call call;
    call.method = "PUT";
    call.path = "/raw/type=track/\xC3\xA4 b";
    call.query = {{"uploadId", "x/y"}, {"partNumber", "1"}};
    call.headers = {{"x-amz-meta-rows", "3"}};
    call.body = "hello";
    call.host_prefix = "bucket.";
    call.timeout_ms = 1'234;
    call.max_reply_bytes = 99;

    auto const outcome = client.call(call);

    ASSERT_TRUE(outcome);
    HttpRequest const& sent = http.sent.at(0);
    EXPECT_EQ(sent.method, "PUT");
    EXPECT_EQ(sent.url,
              "https://bucket.s3.example.com/base/raw/type%3Dtrack/%C3%A4%20b?partNumber=1&"
              "uploadId=x%2Fy");
    EXPECT_EQ(sent.body, "hello");
    EXPECT_EQ(sent.timeout_ms, 1'234);
    EXPECT_EQ(sent.max_reply_bytes, 99u);
    EXPECT_EQ(date_of(0), "20261122T110402Z");
    EXPECT_EQ(value_of(sent, "x-amz-content-sha256"),
              "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    EXPECT_NE(value_of(sent, "authorization")
                  .find("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-meta-rows,"),
              std::string::npos);
}

TEST_F(ClientTest, TakesTheHashThatTheCallerKnows) {
    Call call;
    call.body = "hello";
    call.body_sha256 = "abc";
    ASSERT_TRUE(client.call(call));
    EXPECT_EQ(value_of(http.sent.at(0), "x-amz-content-sha256"), "abc");
}

TEST_F(ClientTest, SomeStatusesAreAnswers) {
    for (int const status : {200, 204, 304, 404, 412}) {
        http.replies.emplace_back(HttpReply{status});
        auto const outcome = client.call({});
        ASSERT_TRUE(outcome) << status;
        EXPECT_EQ(outcome.value().status, status);
    }
    for (int const status : {301, 409, 429, 500}) {
        http.replies.emplace_back(HttpReply{status});
        ASSERT_FALSE(client.call({})) << status;
    }
    EXPECT_EQ(credentials.refusals, 0);
}

TEST_F(ClientTest, KeepsTheOrderOfTheCalls) {
    for (int const status : {200, 500, 404}) http.replies.emplace_back(HttpReply{status});
    std::vector<Call> const calls(3);
    auto const outcomes = client.call_all(calls);
    ASSERT_EQ(outcomes.size(), 3u);
    EXPECT_TRUE(outcomes[0]);
    EXPECT_EQ(outcomes[1].error().status, 500);
    EXPECT_EQ(outcomes[2].value().status, 404);
    EXPECT_EQ(http.sizes, std::vector<std::size_t>{3});
    EXPECT_TRUE(client.call_all({}).empty());
}

TEST_F(ClientTest, RepeatsOnceWithFreshCredentials) {
    http.replies.emplace_back(refusal("ExpiredTokenException", clock.unix_ms()));
    ASSERT_TRUE(client.call({}));
    EXPECT_EQ(key_of(0), "key-0");
    EXPECT_EQ(key_of(1), "key-1");

    for (int i = 0; i < 3; ++i)
        http.replies.emplace_back(refusal("ExpiredTokenException", clock.unix_ms()));
    auto const outcome = client.call({});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reaction, Reaction::refresh);
    EXPECT_EQ(http.sent.size(), 4u);
}

TEST_F(ClientTest, RepeatsOnlyTheCallsThatWereRefused) {
    http.replies.emplace_back(HttpReply{200, {}, "first"});
    http.replies.emplace_back(refusal("ExpiredTokenException", clock.unix_ms()));
    http.replies.emplace_back(HttpReply{500});
    http.replies.emplace_back(HttpReply{200, {}, "second"});
    std::vector<Call> calls(3);
    calls[1].path = "/second";

    auto const outcomes = client.call_all(calls);

    EXPECT_EQ(outcomes.at(0).value().body, "first");
    EXPECT_EQ(outcomes.at(1).value().body, "second");
    EXPECT_EQ(outcomes.at(2).error().status, 500);
    EXPECT_EQ(http.sizes, (std::vector<std::size_t>{3, 1}));
    EXPECT_EQ(http.sent.back().url, "https://s3.example.com/base/second");
    EXPECT_EQ(credentials.refusals, 1);
}

TEST_F(ClientTest, TakesTheTimeOfTheService) {
    std::int64_t const service_ms = ManualClock::kStart + 600'000;
    http.replies.emplace_back(refusal("RequestTimeTooSkewed", service_ms));
    ASSERT_TRUE(client.call({}));
    EXPECT_EQ(date_of(0), "20261122T110402Z");
    EXPECT_EQ(date_of(1), "20261122T111402Z");
    EXPECT_EQ(credentials.refusals, 0);

    clock.advance_ms(1'000);
    ASSERT_TRUE(client.call({}));
    EXPECT_EQ(date_of(2), "20261122T111403Z") << "the correction stays";
}

TEST_F(ClientTest, FollowsAClockThatIsSetRightLater) {
    http.replies.emplace_back(refusal("RequestExpired", ManualClock::kStart + 600'000));
    ASSERT_TRUE(client.call({}));
    clock.set_unix_ms(ManualClock::kStart + 600'000);
    http.replies.emplace_back(refusal("RequestTimeTooSkewed", ManualClock::kStart + 600'000));
    ASSERT_TRUE(client.call({}));
    EXPECT_EQ(date_of(2), "20261122T112402Z");
    EXPECT_EQ(date_of(3), "20261122T111402Z");
}

TEST_F(ClientTest, ASmallDifferenceIsNotTheClock) {
    http.replies.emplace_back(refusal("SignatureDoesNotMatch", ManualClock::kStart + 239'000));
    ASSERT_TRUE(client.call({}));
    EXPECT_EQ(date_of(1), "20261122T110402Z");
    EXPECT_EQ(credentials.refusals, 1);
}

TEST_F(ClientTest, IgnoresADateThatIsNone) {
    HttpReply reply = refusal("RequestTimeTooSkewed", 0);
    for (std::vector<Header> const& headers :
         {std::vector<Header>{}, std::vector<Header>{{"date", "yesterday"}}}) {
        reply.headers = headers;
        http.replies.emplace_back(reply);
        ASSERT_TRUE(client.call({}));
        EXPECT_EQ(value_of(http.sent.back(), "x-amz-date"), "20261122T110402Z");
    }
}

TEST_F(ClientTest, ADateOfAnotherRefusalDoesNotMoveTheClock) {
    http.replies.emplace_back(refusal("ExpiredTokenException", ManualClock::kStart + 600'000));
    ASSERT_TRUE(client.call({}));
    EXPECT_EQ(date_of(1), "20261122T110402Z");
}

TEST_F(ClientTest, CorrectsTheClockOnceAndThenAsksForCredentials) {
    for (int i = 1; i <= 4; ++i)
        http.replies.emplace_back(
            refusal("InvalidSignatureException", ManualClock::kStart + i * 600'000));
    ASSERT_FALSE(client.call({}));
    EXPECT_EQ(http.sent.size(), 3u);
    EXPECT_EQ(credentials.refusals, 1);
}

TEST_F(ClientTest, WithoutCredentialsNothingIsSent) {
    credentials.error = fail(Errc::unavailable, "no AWS credentials: tried environment");
    std::vector<Call> const calls(2);
    auto const outcomes = client.call_all(calls);
    for (Outcome const& outcome : outcomes) {
        ASSERT_FALSE(outcome);
        EXPECT_EQ(outcome.error().reaction, Reaction::refresh);
        EXPECT_FALSE(outcome.error().outcome_unknown);
        EXPECT_NE(outcome.error().message.find("tried environment"), std::string::npos);
    }
    EXPECT_TRUE(http.sent.empty());
}

TEST_F(ClientTest, CancelReachesCallsAndTheWaitForCredentials) {
    client.cancel();
    EXPECT_TRUE(http.cancelled);
    EXPECT_FALSE(credentials.waits);
}

TEST_F(ClientTest, StoppingStaysStopping) {
    credentials.error = fail(Errc::stopping, "credentials");
    EXPECT_EQ(client.call({}).error().error("x").code, Errc::stopping);
    credentials.error.reset();
    http.replies.emplace_back(fail(Errc::stopping, "given up"));
    EXPECT_EQ(client.call({}).error().error("x").code, Errc::stopping);
    EXPECT_EQ(http.sent.size(), 1u);
}

TEST_F(ClientTest, ARequestWithoutReplyIsNotRepeated) {
    http.replies.emplace_back(fail(Errc::timeout, "POST"));
    auto const outcome = client.call({});
    ASSERT_FALSE(outcome);
    EXPECT_EQ(outcome.error().reaction, Reaction::retry);
    EXPECT_TRUE(outcome.error().outcome_unknown);
    EXPECT_EQ(http.sent.size(), 1u);
}

}  // namespace
}  // namespace inlet::aws
