#include "config/text_check.hpp"

#include <gtest/gtest.h>
#include <string>

namespace inlet::config {
namespace {

TEST(TextCheck, TakesNumericAddressesWithAPort) {
    for (char const* text : {"0.0.0.0:8080", "127.0.0.1:0", "192.0.2.1:65535", "[::]:8080",
                             "[::1]:1", "[2001:db8::1]:443", "[::ffff:192.0.2.1]:80"}) {
        EXPECT_EQ(check_address(text), nullptr) << text;
    }
}

TEST(TextCheck, RefusesOtherAddresses) {
    for (char const* text : {"",
                             ":8080",
                             "8080",
                             "127.0.0.1",
                             "127.0.0.1:",
                             "127.0.0.1:65536",
                             "127.0.0.1:-1",
                             "127.0.0.1:+80",
                             "127.0.0.1:080",
                             "127.0.0.1:80 ",
                             "127.0.0.1:http",
                             "127.1:80",
                             "256.0.0.1:80",
                             "localhost:80",
                             "::1:80",
                             "[::1]",
                             "[::1]80",
                             "[127.0.0.1]:80",
                             "[]:80",
                             "[::g]:80",
                             "*:80",
                             "http://127.0.0.1:80"}) {
        EXPECT_NE(check_address(text), nullptr) << text;
    }
    EXPECT_NE(check_address(std::string_view("127.0.0.1\0:80", 13)), nullptr);
}

TEST(TextCheck, TakesSocketFilesForTheAdminListener) {
    for (auto const& text : {std::string("unix:/run/inlet/admin.sock"),
                             std::string("127.0.0.1:8081"), "unix:/" + std::string(106, 'x')}) {
        EXPECT_EQ(check_admin_address(text), nullptr) << text;
    }
    for (auto const& text :
         {std::string("unix:"), std::string("unix:/"), std::string("unix:a.sock"),
          std::string("unix:@a"), std::string("/run/a.sock"), std::string("unix:/a\nb"),
          "unix:/" + std::string(107, 'x'), std::string("localhost:80")}) {
        EXPECT_NE(check_admin_address(text), nullptr) << text;
    }
    EXPECT_NE(check_address("unix:/run/inlet/public.sock"), nullptr);
}

TEST(TextCheck, TakesNetworks) {
    for (auto const* text : {"10.0.0.0/8", "192.0.2.1", "2001:db8::/32", "::1"})
        EXPECT_EQ(check_network(text), nullptr) << text;
    for (auto const* text : {"", "10.0.0.1/8", "10.0.0.0/33", "proxy.example"})
        EXPECT_NE(check_network(text), nullptr) << text;
}

TEST(TextCheck, TakesSecretsThatAreLongEnough) {
    EXPECT_EQ(check_token(""), nullptr);
    EXPECT_EQ(check_token("0123456789abcdef"), nullptr);
    EXPECT_EQ(check_write_key("a.B_c-1:0123456789abc._-~+/="), nullptr);
    for (auto const* text :
         {"0123456789abcde", "0123456789 abcdef", "0123456789:abcdef", "0123456789,abcdef"})
        EXPECT_NE(check_token(text), nullptr) << text;
    for (auto const* text :
         {"", "web", "web:", ":0123456789abcdef", "we b:0123456789abcdef", "web:0123456789abcde",
          "w\"b:0123456789abcdef", "web:0123456789abcdef\xff"}) {
        EXPECT_NE(check_write_key(text), nullptr) << text;
    }
}

TEST(TextCheck, TakesOriginsAsBrowsersSendThem) {
    for (char const* text : {"*", "https://www.example.com", "http://localhost:3000",
                             "https://xn--bcher-kva.example", "http://[::1]:8080", "http://[::1]",
                             "chrome-extension://abcdefghijklmnop", "https://192.0.2.1"}) {
        EXPECT_EQ(check_origin(text), nullptr) << text;
    }
}

TEST(TextCheck, RefusesWhatNoBrowserSendsAsOrigin) {
    for (char const* text : {"", "www.example.com", "https://", "://a", "https://a/", "https://a/b",
                             "https://A.example", "https://a:", "https://a:99999", "https://a b",
                             "https://*.example.com", "https://a\r\nX: y", "http://[::1",
                             "http://[::1]x", "http://[x]"}) {
        EXPECT_NE(check_origin(text), nullptr) << text;
    }
}

TEST(TextCheck, RefusesControlCharactersInPathsAndNames) {
    EXPECT_EQ(check_text(""), nullptr);
    EXPECT_EQ(check_text("/srv/Daten \xc3\xbc"), nullptr);
    EXPECT_NE(check_text("a\nb"), nullptr);
    EXPECT_NE(check_text("a\x7f"), nullptr);
    EXPECT_NE(check_text(std::string_view("a\0b", 3)), nullptr);
    EXPECT_NE(check_not_empty(""), nullptr);
    EXPECT_NE(check_not_empty("\t"), nullptr);
    EXPECT_EQ(check_not_empty("var"), nullptr);
}

TEST(TextCheck, TakesUrlsOfServices) {
    for (char const* text : {"", "http://127.0.0.1:9000", "https://vpce-1.s3.example.com/base"})
        EXPECT_EQ(check_url(text), nullptr) << text;
    for (char const* text : {"example.com", "ftp://a", "http://", "http:///a", "http://u@a",
                             "http://a?b", "http://a#b", "http://a b"}) {
        EXPECT_NE(check_url(text), nullptr) << text;
    }
}

TEST(TextCheck, TakesWhatAwsTakes) {
    EXPECT_EQ(check_host_label("eu-central-1"), nullptr);
    for (char const* text : {"EU", "eu.central", "-eu", "eu-", "eu central"})
        EXPECT_NE(check_host_label(text), nullptr) << text;
    EXPECT_EQ(check_bucket("example"), nullptr);
    EXPECT_NE(check_bucket("Example"), nullptr);
    EXPECT_EQ(check_s3_prefix("a/b"), nullptr);
    EXPECT_NE(check_s3_prefix("/a"), nullptr);
    EXPECT_EQ(check_storage_class("GLACIER_IR"), nullptr);
    EXPECT_NE(check_storage_class("GLACIER"), nullptr);
    EXPECT_EQ(check_header_value("alias/key"), nullptr);
    EXPECT_NE(check_header_value("a\r\nb: c"), nullptr);
    for (auto* const check : {check_host_label, check_bucket, check_s3_prefix, check_storage_class,
                              check_header_value}) {
        EXPECT_EQ(check(""), nullptr) << "not said";
    }
}

TEST(TextCheck, KnowsNamespacesAndDimensionsOfMetrics) {
    EXPECT_EQ(check_metric_namespace("example/inlet"), nullptr);
    for (char const* text : {"", "AWS/EC2", ":a", "a b"})
        EXPECT_NE(check_metric_namespace(text), nullptr) << text;
    EXPECT_EQ(check_dimension("Stage=a b"), nullptr);
    for (char const* text : {"", "Stage", "Stage=", "=a"})
        EXPECT_NE(check_dimension(text), nullptr) << text;
}

}  // namespace
}  // namespace inlet::config
