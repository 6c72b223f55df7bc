#include "aws/endpoint.hpp"

#include <gtest/gtest.h>

namespace inlet::aws {
namespace {

// As botocore 1.44 resolves them.
TEST(Endpoint, OfAws) {
    struct {
        std::string_view service;
        std::string_view region;
        bool use_fips;
        bool use_dual_stack;
        std::string_view host;
    } const cases[] = {
        {"firehose", "eu-central-1", false, false, "firehose.eu-central-1.amazonaws.com"},
        {"firehose", "eu-central-1", false, true, "firehose.eu-central-1.api.aws"},
        {"firehose", "us-east-1", true, false, "firehose-fips.us-east-1.amazonaws.com"},
        {"firehose", "us-east-1", true, true, "firehose-fips.us-east-1.api.aws"},
        {"firehose", "cn-north-1", false, false, "firehose.cn-north-1.amazonaws.com.cn"},
        {"firehose", "cn-north-1", false, true, "firehose.cn-north-1.api.amazonwebservices.com.cn"},
        {"firehose", "us-gov-west-1", true, false, "firehose-fips.us-gov-west-1.amazonaws.com"},
        {"firehose", "us-iso-east-1", false, false, "firehose.us-iso-east-1.c2s.ic.gov"},
        {"firehose", "us-isob-east-1", false, false, "firehose.us-isob-east-1.sc2s.sgov.gov"},
        {"firehose", "us-isof-south-1", false, false, "firehose.us-isof-south-1.csp.hci.ic.gov"},
        {"firehose", "eu-isoe-west-1", false, false, "firehose.eu-isoe-west-1.cloud.adc-e.uk"},
        {"firehose", "eusc-de-east-1", false, false, "firehose.eusc-de-east-1.amazonaws.eu"},
        {"s3", "us-east-1", false, false, "s3.us-east-1.amazonaws.com"},
        {"s3", "us-east-1", false, true, "s3.dualstack.us-east-1.amazonaws.com"},
        {"s3", "us-east-1", true, false, "s3-fips.us-east-1.amazonaws.com"},
        {"s3", "us-gov-west-1", true, true, "s3-fips.dualstack.us-gov-west-1.amazonaws.com"},
        {"s3", "cn-north-1", false, true, "s3.dualstack.cn-north-1.amazonaws.com.cn"},
        {"sts", "eu-central-1", false, false, "sts.eu-central-1.amazonaws.com"},
        {"sts", "us-east-1", true, false, "sts-fips.us-east-1.amazonaws.com"},
        {"sts", "us-gov-west-1", true, false, "sts.us-gov-west-1.amazonaws.com"},
        {"sts", "us-gov-west-1", true, true, "sts-fips.us-gov-west-1.api.aws"},
    };
    for (auto const& c : cases) {
        Endpoint const endpoint = aws_endpoint(c.service, c.region, c.use_fips, c.use_dual_stack);
        EXPECT_EQ(endpoint.host, c.host);
        EXPECT_EQ(endpoint.scheme, "https");
        EXPECT_EQ(endpoint.path, "");
    }
}

TEST(Endpoint, OfAUrl) {
    struct {
        std::string_view url;
        Endpoint endpoint;
    } const cases[] = {
        {"http://127.0.0.1:4566", {"http", "127.0.0.1:4566"}},
        {"https://vpce-1.firehose.eu-central-1.vpce.amazonaws.com/",
         {"https", "vpce-1.firehose.eu-central-1.vpce.amazonaws.com"}},
        {"HTTPS://MinIO.Example:443/base//", {"https", "minio.example", "/base"}},
        {"http://host:80", {"http", "host"}},
        {"http://host:443/a%20b/c", {"http", "host:443", "/a%20b/c"}},
        {"http://[::1]:9000/x", {"http", "[::1]:9000", "/x"}},
        {"http://[::1]", {"http", "[::1]"}},
    };
    for (auto const& c : cases) {
        auto const endpoint = parse_endpoint(c.url);
        ASSERT_TRUE(endpoint) << endpoint.error().message();
        EXPECT_EQ(endpoint.value().scheme, c.endpoint.scheme) << c.url;
        EXPECT_EQ(endpoint.value().host, c.endpoint.host) << c.url;
        EXPECT_EQ(endpoint.value().path, c.endpoint.path) << c.url;
    }
}

TEST(Endpoint, RefusesWhatIsNoUrlOfAService) {
    for (std::string_view const url :
         {"", "localhost:4566", "ftp://host", "http://", "http:///path", "http://user:pw@host",
          "http://host:0", "http://host:65536", "http://host:x", "http://host:", "http://ho st",
          "http://host/?a=b", "http://host/#f", "http://host/a b", "http://[::1", "http://[x]",
          "http://host\n/"}) {
        auto const endpoint = parse_endpoint(url);
        ASSERT_FALSE(endpoint) << url;
        EXPECT_EQ(endpoint.error().code, Errc::invalid);
        EXPECT_NE(endpoint.error().message().find("endpoint URL"), std::string::npos);
    }
}

TEST(Endpoint, RegionsAreNamesOfHosts) {
    EXPECT_TRUE(is_region("ap-southeast-2"));
    for (std::string_view const text : {"", "eu central", "EU", "a.b", "a/b", "a\n"}) {
        EXPECT_FALSE(is_region(text)) << text;
    }
}

}  // namespace
}  // namespace inlet::aws
