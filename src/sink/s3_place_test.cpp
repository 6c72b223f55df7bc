#include "sink/s3_place.hpp"

#include <gtest/gtest.h>

namespace inlet::sink {
namespace {

TEST(S3Place, KnowsBucketNames) {
    for (std::string const name :
         {"abc", "my-bucket", "my.bucket.example", "1bucket1", "1.2.3.4.5", "1.2.3.a"}) {
        EXPECT_TRUE(is_bucket_name(name)) << name;
    }
    EXPECT_TRUE(is_bucket_name(std::string(63, 'a')));
    for (std::string const name : {"", "ab", "Bucket", "my_bucket", "-abc", "abc-", ".abc", "abc.",
                                   "a..b", "192.168.5.4", "my/bucket", "my bucket",
                                   "b\xC3\xBC"
                                   "cket"}) {
        EXPECT_FALSE(is_bucket_name(name)) << name;
    }
    EXPECT_FALSE(is_bucket_name(std::string(64, 'a')));
}

TEST(S3Place, KnowsPrefixes) {
    for (std::string const prefix :
         {"", "events", "events/", "a/b.c/", "team=x/inlet", "_hidden/!*'()-", "..."}) {
        EXPECT_TRUE(is_s3_prefix(prefix)) << prefix;
    }
    for (std::string const prefix : {"/", "/a", "a//b", "a//", ".", "a/./b", "../a", "a/..", "a b",
                                     "a\nb", "a?b", "a%b", "a+b", "\xC3\xA4"}) {
        EXPECT_FALSE(is_s3_prefix(prefix)) << prefix;
    }
    EXPECT_TRUE(is_s3_prefix(std::string(kMaxS3PrefixBytes, 'a')));
    EXPECT_FALSE(is_s3_prefix(std::string(kMaxS3PrefixBytes + 1, 'a')));
}

TEST(S3Place, IsReadFromWhatItWrites) {
    struct Case {
        char const* url;
        char const* bucket;
        char const* prefix;
    };
    for (auto const& [url, bucket, prefix] :
         {Case{"s3://bucket", "bucket", ""}, Case{"s3://bucket/", "bucket", ""},
          Case{"s3://bucket/a", "bucket", "a/"}, Case{"s3://bucket/a/b/", "bucket", "a/b/"}}) {
        auto const place = S3Place::parse(url).value();
        EXPECT_EQ(place, (S3Place{bucket, prefix}));
        EXPECT_EQ(S3Place::parse(place.text()).value(), place);
    }
}

TEST(S3Place, SaysWhatIsWrong) {
    EXPECT_EQ(S3Place::parse("https://bucket").error().context,
              "\"https://bucket\": no s3://bucket/prefix");
    EXPECT_EQ(S3Place::parse("s3:///a").error().context, "\"\": no name of an S3 bucket");
    EXPECT_EQ(S3Place::parse("s3://Big").error().code, Errc::invalid);
    EXPECT_EQ(S3Place::parse("s3://bucket//a").error().code, Errc::invalid);
}

}  // namespace
}  // namespace inlet::sink
