#include "http/head_scanner.hpp"

#include <gtest/gtest.h>
#include <string>

namespace inlet::http {
namespace {

using Result = HeadScanner::Result;

Limits small_limits() {
    Limits limits;
    limits.max_head_bytes = 300;
    limits.max_target_bytes = 100;
    limits.max_headers = 3;
    return limits;
}

unsigned refused_with(std::string_view bytes) {
    HeadScanner scanner;
    return scanner.scan(bytes, small_limits()) == Result::refused ? scanner.refusal().status : 0;
}

TEST(HeadScanner, FindsTheEndWhereverTheInputIsSplit) {
    std::string const head = "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n";
    std::string const bytes = head + "body\r\n\r\n";
    for (std::size_t split = 0; split <= bytes.size(); ++split) {
        HeadScanner scanner;
        auto const first = scanner.scan(bytes.substr(0, split), small_limits());
        ASSERT_EQ(first == Result::complete, split >= head.size()) << split;
        if (first != Result::complete) {
            ASSERT_EQ(scanner.scan(bytes, small_limits()), Result::complete);
        }
        EXPECT_EQ(scanner.head_begin(), 2u);
        EXPECT_EQ(scanner.head_end(), head.size());
    }
}

TEST(HeadScanner, TakesTheLongestRequestLineWhereverTheInputIsSplit) {
    for (std::size_t over : {0U, 1U}) {
        std::string const head = "GET /" + std::string(159 + over, 'a') + "\r\nHost: a\r\n\r\n";
        for (std::size_t split = 0; split <= head.size(); ++split) {
            HeadScanner scanner;
            auto result = scanner.scan(head.substr(0, split), small_limits());
            if (result == Result::incomplete) result = scanner.scan(head, small_limits());
            ASSERT_EQ(result, over == 0 ? Result::complete : Result::refused) << split;
        }
    }
}

TEST(HeadScanner, WaitsForAByteAtATime) {
    std::string const head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    HeadScanner scanner;
    for (std::size_t n = 0; n < head.size(); ++n) {
        ASSERT_EQ(scanner.scan(head.substr(0, n), small_limits()), Result::incomplete) << n;
    }
    EXPECT_EQ(scanner.scan(head, small_limits()), Result::complete);
}

TEST(HeadScanner, RefusesWhatIsNoHttpFromItsFirstByte) {
    EXPECT_EQ(refused_with("\x16\x03\x01"), 400u);  // a TLS handshake
    EXPECT_EQ(refused_with(" GET"), 400u);
    EXPECT_EQ(refused_with(std::string_view("\0", 1)), 400u);
    EXPECT_EQ(refused_with("\xb8 / HTTP/1.1\r\n"), 400u);
    EXPECT_EQ(refused_with("G"), 0u);
}

TEST(HeadScanner, RefusesLinesThatReadersTakeDifferently) {
    EXPECT_EQ(refused_with("GET / HTTP/1.1\nHost: a\r\n\r\n"), 400u);
    EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nHost: a\n\r\n"), 400u);
    EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nHost: a\r\n\n"), 400u);
    EXPECT_EQ(refused_with("\n"), 400u);
    EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nHost: a\r\n b\r\n\r\n"), 400u);
    EXPECT_EQ(refused_with("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), 400u);
    EXPECT_EQ(refused_with("GET / HTTP/1.1\r\n\tHost: a\r\n\r\n"), 400u);
}

TEST(HeadScanner, ToleratesTwoEmptyLinesBeforeARequest) {
    EXPECT_EQ(refused_with("\r\n\r\nGET /"), 0u);
    EXPECT_EQ(refused_with("\r\n\r\n\r\nGET /"), 400u);
}

TEST(HeadScanner, BoundsTargetHeadAndHeaders) {
    EXPECT_EQ(refused_with("GET /" + std::string(200, 'x')), 414u);
    EXPECT_EQ(refused_with("GET /" + std::string(200, 'x') + " HTTP/1.1\r\n"), 414u);
    EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nA: " + std::string(300, 'x')), 431u);
    EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nA: " + std::string(300, 'x') + "\r\n\r\n"), 431u);
    EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\nD: 4\r\n\r\n"), 431u);
    EXPECT_EQ(refused_with("GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n"), 0u);
}

}  // namespace
}  // namespace inlet::http
