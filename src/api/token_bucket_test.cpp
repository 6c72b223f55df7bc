#include "api/token_bucket.hpp"

#include <gtest/gtest.h>
#include <thread>
#include <vector>

#include "api/address_buckets.hpp"

namespace inlet::api {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;
constexpr std::int64_t kStart = 1'000 * kSecond;

IpAddress address(std::string_view text) {
    return IpAddress::parse(text).value();
}

// How many of `tries` at one moment get a token.
int taken(Rate const& rate, std::int64_t& bucket, std::int64_t now, int tries = 1'000) {
    int count = 0;
    for (int i = 0; i < tries; ++i) count += rate.take(bucket, now) ? 1 : 0;
    return count;
}

TEST(Rate, GivesABurstAndThenSoManyASecond) {
    Rate const rate({.per_second = 10, .burst = 25});
    std::int64_t bucket = 0;
    EXPECT_EQ(taken(rate, bucket, kStart), 25);
    EXPECT_EQ(taken(rate, bucket, kStart + kSecond / 10 - 1), 0);
    EXPECT_EQ(taken(rate, bucket, kStart + kSecond / 10), 1);
    EXPECT_EQ(taken(rate, bucket, kStart + kSecond), 9);
    EXPECT_EQ(taken(rate, bucket, kStart + 100 * kSecond), 25) << "no more than is its size";
}

TEST(Rate, HasABurstOfOneSecondIfNothingIsSaid) {
    Rate const rate({.per_second = 7});
    std::int64_t bucket = 0;
    EXPECT_EQ(taken(rate, bucket, kStart), 7);
}

TEST(Rate, IsNotChargedForWhatItRefuses) {
    Rate const rate({.per_second = 1, .burst = 1});
    std::int64_t bucket = 0;
    EXPECT_EQ(taken(rate, bucket, kStart, 1'000), 1);
    EXPECT_EQ(taken(rate, bucket, kStart + kSecond), 1);
}

TEST(Rate, IsNoLimitAtZero) {
    EXPECT_FALSE(Rate({}).limited());
    EXPECT_TRUE(Rate({.per_second = 1'000'000, .burst = 1}).limited());
}

TEST(SharedBucket, GivesItsTokensToAllThreadsTogether) {
    Rate const rate({.per_second = 1, .burst = 1'000});
    SharedBucket bucket;
    std::atomic<int> count{0};
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 1'000; ++i) count += bucket.take(rate, kStart) ? 1 : 0;
        });
    }
    for (auto& thread : threads) thread.join();
    EXPECT_EQ(count, 1'000);
}

TEST(AddressBuckets, LimitEachAddressAlone) {
    AddressBuckets buckets({.per_second = 1, .burst = 2});
    for (auto const* client : {"203.0.113.7", "203.0.113.8", "2001:db8::1", "::"}) {
        EXPECT_TRUE(buckets.take(address(client), kStart)) << client;
        EXPECT_TRUE(buckets.take(address(client), kStart)) << client;
        EXPECT_FALSE(buckets.take(address(client), kStart)) << client;
    }
    EXPECT_TRUE(buckets.take(address("203.0.113.7"), kStart + kSecond));
    EXPECT_EQ(buckets.forgotten().get(), 0U);
}

TEST(AddressBuckets, LimitAnIpv6NetworkOf64BitsAsOne) {
    AddressBuckets buckets({.per_second = 1, .burst = 1});
    EXPECT_TRUE(buckets.take(address("2001:db8::1"), kStart));
    EXPECT_FALSE(buckets.take(address("2001:db8::ffff:2"), kStart));
    EXPECT_TRUE(buckets.take(address("2001:db8:0:1::1"), kStart));
}

TEST(AddressBuckets, ForgetTheFullestWhenThereAreTooMany) {
    AddressBuckets buckets({.per_second = 1, .burst = 2}, 128);
    auto const client = [](int i) {
        return address("10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256));
    };
    for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(buckets.take(client(i), kStart)) << i;
    EXPECT_GE(buckets.forgotten().get(), 10'000U - 128U);
    auto const forgotten = buckets.forgotten().get();
    // Whose bucket is full again leaves nothing behind that could be forgotten.
    for (int i = 0; i < 64; ++i) buckets.take(client(i), kStart + 10 * kSecond);
    EXPECT_LT(buckets.forgotten().get() - forgotten, 64U);
}

TEST(AddressBuckets, KeepWhoeverHasTheLeastLeft) {
    AddressBuckets buckets({.per_second = 1, .burst = 100}, 128);
    auto const heavy = address("203.0.113.7");
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(buckets.take(heavy, kStart));
    for (int i = 0; i < 10'000; ++i)
        buckets.take(address("10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256)),
                     kStart);
    EXPECT_FALSE(buckets.take(heavy, kStart)) << "many that send once do not set it free";
}

}  // namespace
}  // namespace inlet::api
