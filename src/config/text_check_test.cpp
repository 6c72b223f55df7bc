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

}  // namespace
}  // namespace inlet::config
