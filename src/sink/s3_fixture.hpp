// s3_fixture.hpp - the S3 sink and its store in front of an S3 in memory.
#pragma once

#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "aws/fake_s3_fixture.hpp"
#include "base/compress.hpp"
#include "sink/object_key.hpp"
#include "sink/rows_fixture.hpp"
#include "sink/s3.hpp"
#include "sink/s3_store.hpp"
#include "support/manual_clock.hpp"

namespace inlet::sink::test {

using aws::test::FakeS3;
using aws::test::Fault;

class S3Test : public testing::Test {
  protected:
    static aws::Service service() { return {"s3", "eu-central-1", {"https", "s3.test"}}; }

    static S3Options options_with(Codec codec) {
        S3Options options;
        options.bucket = "example";
        options.prefix = "lake";
        options.compression = codec;
        return options;
    }
    // As a start of the program makes it.
    std::unique_ptr<Sink> open_sink(S3Options const& options) {
        S3Access access;
        access.service = service();
        access.http = std::make_unique<aws::test::FakeS3Http>(s3);
        auto made = make_s3(options, std::move(access), credentials, clock);
        EXPECT_TRUE(made) << made.error().message();
        return std::move(made).value();
    }
    std::unique_ptr<Sink> open_sink(Codec codec = Codec::gzip) {
        return open_sink(options_with(codec));
    }

    static std::string key_of(std::string const& type, std::size_t rows, Codec codec) {
        return "lake/" + ObjectKey{type, "2026-11-22", "node", 1, rows, codec}.text("raw");
    }
    std::string rows_in(std::string const& key, Codec codec) {
        auto const found = s3.objects.find(key);
        if (found == s3.objects.end()) return "no such object";
        return decompress(codec, found->second.body, 200'000'000).value();
    }
    // All lines of a type, as they should be in its object.
    static std::string lines_of(std::string const& type, std::vector<TestRow> const& rows) {
        std::string text;
        for (auto const& row : rows) {
            if (row.type == type) text += row.line;
        }
        return text;
    }
    // Each object holds its rows, once, and nothing else is in the bucket.
    void expect_exactly_once(std::vector<TestRow> const& rows, Codec codec) {
        std::size_t types = 0;
        for (std::string const type : {"track", "alias", "profile"}) {
            auto const expected = lines_of(type, rows);
            if (expected.empty()) continue;
            ++types;
            EXPECT_TRUE(rows_in(key_of(type, rows.size(), codec), codec) == expected) << type;
        }
        EXPECT_EQ(s3.objects.size(), types);
    }

    FakeS3 s3;
    aws::test::FixedCredentials credentials;
    inlet::test::ManualClock clock;
};

// `bytes` of rows of about a kilobyte, a few of them aliases.
inline std::vector<TestRow> many_rows(std::size_t bytes, bool compressible) {
    std::vector<TestRow> rows;
    std::uint64_t random = 88172645463325252ULL;
    std::size_t sum = 0;
    while (sum < bytes) {
        std::string line(1000, 'x');
        for (std::size_t i = 0; !compressible && i < line.size(); ++i) {
            random ^= random << 13U;
            random ^= random >> 7U;
            random ^= random << 17U;
            line[i] = static_cast<char>(0x20 + random % 0x5F);
        }
        line += std::to_string(rows.size()) + "\n";
        sum += line.size();
        rows.push_back({rows.size() % 100 == 7 ? "alias" : "track", std::move(line)});
    }
    return rows;
}

}  // namespace inlet::sink::test
