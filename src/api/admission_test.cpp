#include "api/admission.hpp"

#include <gtest/gtest.h>
#include <string>

#include "api/shown_secret.hpp"
#include "base/base64.hpp"
#include "support/allocation_counter.hpp"
#include "support/manual_clock.hpp"

namespace inlet::api {
namespace {

using Verdict = Admission::Verdict;

std::string const kKey = "an-example-of-a-write-key-0123456789";

std::string basic(std::string_view user_and_password) {
    std::string value = "Basic ";
    append_base64(value, user_and_password);
    return value;
}

http::Request request_with(std::string_view write_key, std::string_view authorization,
                           std::string_view client = "203.0.113.7") {
    http::Request request;
    request.write_key = write_key;
    request.authorization = authorization;
    request.client = IpAddress::parse(client).value();
    return request;
}

class AdmissionTest : public testing::Test {
  protected:
    Admission admission(std::vector<std::string> const& keys, RateOptions const& address_rate = {},
                        RateOptions const& key_rate = {}) {
        ApiOptions options;
        options.address_rate = address_rate;
        options.key_rate = key_rate;
        auto loaded = WriteKeys::load(posix_file_system(), keys, {});
        return {options, std::move(loaded.value()), clock_, 128};
    }
    Verdict verdict(Admission& admission, http::Request const& request) {
        return admission.admit(request, scratch_).verdict;
    }

    test::ManualClock clock_;
    std::string scratch_;
};

TEST(ShownSecret, IsTakenFromEachPlaceWhereItMayStand) {
    std::string scratch;
    auto const same = [&](std::string_view write_key, std::string const& authorization) {
        return shown_secret(request_with(write_key, authorization), scratch).equals(Secret(kKey));
    };
    EXPECT_TRUE(same(kKey, ""));
    EXPECT_TRUE(same("", "Bearer " + kKey));
    EXPECT_TRUE(same("", "bEARER  " + kKey));
    EXPECT_TRUE(same("", basic(kKey + ":")));
    EXPECT_TRUE(same("", basic(kKey + ":any:password")));
    EXPECT_TRUE(same(kKey, "Bearer of-a-proxy-in-front")) << "X-Write-Key comes first";
    EXPECT_FALSE(same("another-key-0123456789", "Bearer " + kKey));
    for (auto const& other :
         {kKey, std::string("Bearer"), std::string("Bearer "), "Bearer" + kKey, "Digest " + kKey,
          basic(kKey), basic(":" + kKey), "Basic " + kKey, std::string("Basic !"),
          std::string("Basic "), basic(kKey + ":" + std::string(2'000, 'p')),
          "Bearer " + kKey + ", Bearer x"}) {
        EXPECT_FALSE(same("", other)) << other;
    }
}

TEST_F(AdmissionTest, AsksForNothingByDefault) {
    auto open = admission({});
    EXPECT_EQ(verdict(open, request_with("", "")), Verdict::admitted);
    EXPECT_EQ(verdict(open, request_with("whatever", "whatever")), Verdict::admitted);
}

TEST_F(AdmissionTest, WantsOneOfTheKeysAndNamesIt) {
    auto closed = admission({"web:" + kKey, "web:the-next-key-0123456789"});
    EXPECT_EQ(verdict(closed, request_with("", "")), Verdict::unauthorized);
    EXPECT_EQ(verdict(closed, request_with(kKey + "x", "")), Verdict::unauthorized);
    auto const answer = closed.admit(request_with("the-next-key-0123456789", ""), scratch_);
    EXPECT_EQ(answer.verdict, Verdict::admitted);
    EXPECT_EQ(answer.key->number, 2U);
    EXPECT_EQ(closed.keys().all()[1]->requests.get(), 1U);
    EXPECT_EQ(closed.keys().all()[0]->requests.get(), 0U);
}

TEST_F(AdmissionTest, LimitsTheAddressBeforeItLooksAtTheKey) {
    auto limited = admission({"web:" + kKey}, {1, 2});
    EXPECT_EQ(verdict(limited, request_with("guess-0123456789", "")), Verdict::unauthorized);
    EXPECT_EQ(verdict(limited, request_with("guess-1234567890", "")), Verdict::unauthorized);
    EXPECT_EQ(verdict(limited, request_with(kKey, "")), Verdict::address_limited);
    EXPECT_EQ(verdict(limited, request_with(kKey, "", "203.0.113.8")), Verdict::admitted);
    clock_.advance_ms(1'000);
    EXPECT_EQ(verdict(limited, request_with(kKey, "")), Verdict::admitted);
}

TEST_F(AdmissionTest, LimitsEachKeyFromAllAddressesTogether) {
    auto limited = admission({"web:" + kKey, "ios:another-key-0123456789"}, {}, {1, 2});
    EXPECT_EQ(verdict(limited, request_with(kKey, "", "203.0.113.1")), Verdict::admitted);
    EXPECT_EQ(verdict(limited, request_with(kKey, "", "203.0.113.2")), Verdict::admitted);
    EXPECT_EQ(verdict(limited, request_with(kKey, "", "203.0.113.3")), Verdict::key_limited);
    EXPECT_EQ(verdict(limited, request_with("another-key-0123456789", "")), Verdict::admitted);
    EXPECT_EQ(limited.keys().all()[0]->limited.get(), 1U);
    EXPECT_EQ(limited.keys().all()[0]->requests.get(), 3U);
}

TEST_F(AdmissionTest, AllocatesNothingInSteadyState) {
    auto limited = admission({"web:" + kKey}, {1'000'000, 1'000'000}, {1'000'000, 1'000'000});
    auto const credentials = basic(kKey + ":");
    auto const bearer = "Bearer " + kKey;
    for (auto const& request : {request_with(kKey, ""), request_with("", credentials),
                                request_with("", bearer), request_with("", "")}) {
        verdict(limited, request);
        testing_support::AllocationCounter const counter;
        for (int i = 0; i < 100; ++i) verdict(limited, request);
        EXPECT_EQ(counter.count(), 0U);
    }
}

}  // namespace
}  // namespace inlet::api
