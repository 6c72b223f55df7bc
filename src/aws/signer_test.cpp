// The expected signatures were made with botocore 1.44; tests/e2e/test_sigv4.py compares thousands more.
#include "aws/signer.hpp"

#include <gtest/gtest.h>

#include "aws/uri.hpp"
#include "base/id.hpp"
#include "base/sha256.hpp"
#include "support/manual_clock.hpp"

namespace inlet::aws {
namespace {

constexpr std::int64_t kNow = test::ManualClock::kStart;  // 2026-11-22T11:04:02.123Z
Credentials const kKeys{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"};

std::string hex_of(std::string_view body) {
    auto const digest = sha256(body);
    return to_hex({reinterpret_cast<char const*>(digest.data()), digest.size()});
}

std::string value_of(std::vector<Header> const& headers, std::string_view name) {
    for (Header const& header : headers) {
        if (header.name == name) return header.value;
    }
    return "(none)";
}

std::string signature_of(std::vector<Header> const& headers) {
    std::string const value = value_of(headers, "authorization");
    return value.substr(value.rfind('=') + 1);
}

struct PutRecordBatch {
    std::vector<Header> headers = {{"Content-Type", "application/x-amz-json-1.1"},
                                   {"X-Amz-Target", "Firehose_20150804.PutRecordBatch"}};
    std::string body_sha256 = hex_of(R"({"DeliveryStreamName":"inlet-track","Records":[]})");
    Unsigned request{"POST", "firehose.us-east-1.amazonaws.com", "/", "", headers, body_sha256};
    Scope scope{"us-east-1", "firehose"};
};

TEST(Signer, SignsACallOfFirehose) {
    PutRecordBatch const call;
    auto const added = sign(call.request, kKeys, call.scope, kNow);
    EXPECT_EQ(value_of(added, "x-amz-date"), "20261122T110402Z");
    EXPECT_EQ(value_of(added, "x-amz-content-sha256"), "(none)");
    EXPECT_EQ(value_of(added, "authorization"),
              "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/firehose/aws4_request, "
              "SignedHeaders=content-type;host;x-amz-date;x-amz-target, "
              "Signature=e496d1e53bfa781150689d7a93dd58389884c6e1bd77be0be54bd7e363b0d6b0");
}

TEST(Signer, SignsTheSessionToken) {
    PutRecordBatch const call;
    Credentials temporary = kKeys;
    temporary.session_token = "IQoJb3JpZ2luX2Vj//token==";
    auto const added = sign(call.request, temporary, call.scope, kNow);
    EXPECT_EQ(value_of(added, "x-amz-security-token"), temporary.session_token);
    EXPECT_EQ(signature_of(added),
              "2cf4b9809ebad3dc53f67ab3e85cf5ac9c548f24caa425796c039e900129f514");
}

TEST(Signer, SignsKeysOfObjectsAsTheyAreSent) {
    std::vector<Header> const headers = {{"If-None-Match", "*"},
                                         {"x-amz-meta-rows", "  12   345 "}};
    std::string const body = hex_of("hello");
    Unsigned const request{"PUT",
                           "lake.s3.eu-central-1.amazonaws.com",
                           "/raw/type%3Dtrack/a%20b//../c.ndjson.gz",
                           "",
                           headers,
                           body};
    auto const added = sign(request, kKeys, {"eu-central-1", "s3"}, kNow);
    EXPECT_EQ(value_of(added, "x-amz-content-sha256"), body);
    EXPECT_EQ(signature_of(added),
              "ae8fc0eab6f4e9db568ac940b2ea60adacaadbc2d0c7f46ab4375f97505967ba");
}

TEST(Signer, SortsTheQueryAndGivesEachItemItsEqualsSign) {
    std::string const nothing = hex_of("");
    Unsigned const request{"GET", "lake.s3.eu-central-1.amazonaws.com",
                           "/",   "list-type=2&prefix=raw%2F&uploads&prefix=a",
                           {},    nothing};
    std::string const canonical = canonical_request(request, {}, {"eu-central-1", "s3"});
    EXPECT_NE(canonical.find("\nlist-type=2&prefix=a&prefix=raw%2F&uploads=\n"), std::string::npos)
        << canonical;
    EXPECT_EQ(signature_of(sign(request, kKeys, {"eu-central-1", "s3"}, kNow)),
              "64b78770e5485725016b3a1ac7960bc35b1a98e10a270f147505742b90ca9063");
}

TEST(Signer, NormalizesPathsOfOtherServicesAndEncodesThemTwice) {
    std::string const nothing = hex_of("");
    Unsigned const request{"GET", "host.example", "/a%20b/./c/../%C3%A4//", "", {}, nothing};
    Scope const scope{"eu-central-1", "execute-api"};
    std::string const canonical = canonical_request(request, {}, scope);
    EXPECT_TRUE(canonical.starts_with("GET\n/a%2520b/%25C3%25A4/\n")) << canonical;
    EXPECT_EQ(signature_of(sign(request, kKeys, scope, kNow)),
              "fba769fe5786da8b1d06e5e62e30d1c254b1f45134ec30097ea882745ec68e8e");
}

TEST(Signer, LeavesOutHeadersThatOthersChange) {
    PutRecordBatch call;
    call.headers.push_back({"User-Agent", "inlet"});
    call.headers.push_back({"Expect", ""});
    call.request.headers = call.headers;
    EXPECT_EQ(signature_of(sign(call.request, kKeys, call.scope, kNow)),
              "e496d1e53bfa781150689d7a93dd58389884c6e1bd77be0be54bd7e363b0d6b0");
}

TEST(Signer, JoinsHeadersOfOneName) {
    PutRecordBatch const call;
    std::vector<Header> const headers = {{"X-A", " 1  2"}, {"x-b", "3"}, {"x-a", "4\t"}};
    std::string const canonical = canonical_request(call.request, headers, call.scope);
    EXPECT_NE(canonical.find("\nx-a:1 2,4\nx-b:3\n\nx-a;x-b\n"), std::string::npos) << canonical;
}

TEST(Signer, KeepsNoKeyThatBelongsToAnotherDayOrSecret) {
    PutRecordBatch const call;
    Signer signer(call.scope);
    Credentials other = kKeys;
    other.secret_access_key = "other";
    constexpr std::int64_t kDay = 86'400'000;
    for (auto const& [keys, now] :
         {std::pair(kKeys, kNow), std::pair(kKeys, kNow + 1'000), std::pair(kKeys, kNow + kDay),
          std::pair(other, kNow + kDay), std::pair(kKeys, kNow)}) {
        EXPECT_EQ(value_of(signer.sign(call.request, keys, now), "authorization"),
                  value_of(sign(call.request, keys, call.scope, now), "authorization"));
    }
}

TEST(Uri, EncodesAllButUnreservedCharacters) {
    EXPECT_EQ(encoded("aZ09-._~", Slash::encode), "aZ09-._~");
    EXPECT_EQ(encoded("a/b =%+\xC3\xA4", Slash::encode), "a%2Fb%20%3D%25%2B%C3%A4");
    EXPECT_EQ(encoded("a/b=\n", Slash::keep), "a/b%3D%0A");
}

TEST(Uri, WritesQueriesInTheOrderOfSigning) {
    EXPECT_EQ(query_string({{"b", "2"}, {"uploads", ""}, {"a", "x y"}, {"b", "1"}}),
              "a=x%20y&b=1&b=2&uploads");
    EXPECT_EQ(query_string({}), "");
}

}  // namespace
}  // namespace inlet::aws
