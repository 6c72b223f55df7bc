#include "http/forwarded_for.hpp"

#include <gtest/gtest.h>
#include <string>

namespace inlet::http {
namespace {

IpAddress address(std::string_view text) {
    return IpAddress::parse(text).value();
}

// The client of a request from 10.0.0.1 with these header lines; trusted are 10/8 and 2001:db8:1::/48.
std::string client(std::vector<Header> const& headers) {
    std::vector<IpNetwork> const trusted = {IpNetwork::parse("10.0.0.0/8").value(),
                                            IpNetwork::parse("2001:db8:1::/48").value()};
    auto const found = forwarded_client(address("10.0.0.1"), headers, trusted);
    return std::string(std::string_view(found.text()));
}

std::string client(std::string_view value) {
    return client({{"Host", "a"}, {"x-forwarded-FOR", value}, {"Accept", "*/*"}});
}

TEST(ForwardedFor, IsTheRightMostHopThatIsNotTrusted) {
    EXPECT_EQ(client("203.0.113.7"), "203.0.113.7");
    EXPECT_EQ(client("203.0.113.7, 10.9.9.9"), "203.0.113.7");
    EXPECT_EQ(client("203.0.113.7,10.9.9.9,2001:db8:1::5"), "203.0.113.7");
    EXPECT_EQ(client("2001:db8:2::9 , 10.9.9.9"), "2001:db8:2::9");
}

TEST(ForwardedFor, BelievesNothingThatTheClientWrote) {
    EXPECT_EQ(client("198.51.100.1, 203.0.113.7"), "203.0.113.7");
    EXPECT_EQ(client("10.1.1.1, 203.0.113.7"), "203.0.113.7");
    EXPECT_EQ(client("\x1b[2J\xff, 203.0.113.7"), "203.0.113.7");
    EXPECT_EQ(client({{"X-Forwarded-For", "198.51.100.1"}, {"X-Forwarded-For", "203.0.113.7"}}),
              "203.0.113.7")
        << "two lines are one list";
}

TEST(ForwardedFor, GoesOnInTheLineBefore) {
    EXPECT_EQ(client({{"X-Forwarded-For", "203.0.113.7"}, {"X-Forwarded-For", "10.2.2.2"}}),
              "203.0.113.7");
}

TEST(ForwardedFor, IsTheFirstProxyIfAllAreTrusted) {
    EXPECT_EQ(client("10.3.3.3, 10.2.2.2"), "10.3.3.3");
    EXPECT_EQ(client(std::vector<Header>{}), "10.0.0.1");
}

TEST(ForwardedFor, EndsAtTheProxyThatWroteWhatIsNoAddress) {
    for (auto const* bad : {"unknown", "_hidden", "", " ", "203.0.113.7 198.51.100.1", "[::1",
                            "203.0.113.7:", "203.0.113.7:x", "[2001:db8::1]x", "\"203.0.113.7\"",
                            "300.0.0.1", "203.0.113.7\r"}) {
        EXPECT_EQ(client(bad), "10.0.0.1") << bad;
        EXPECT_EQ(client("203.0.113.7, " + std::string(bad) + ", 10.2.2.2"), "10.2.2.2") << bad;
    }
}

TEST(ForwardedFor, TakesPortsThatSomeProxiesAdd) {
    EXPECT_EQ(client("203.0.113.7:4711"), "203.0.113.7");
    EXPECT_EQ(client("[2001:db8:2::9]:4711"), "2001:db8:2::9");
    EXPECT_EQ(client("[2001:db8:2::9]"), "2001:db8:2::9");
}

TEST(ForwardedFor, LooksAtABoundedNumberOfHops) {
    std::string hops = "203.0.113.7";
    for (int i = 0; i < 31; ++i) hops += ",10.2.2.2";
    EXPECT_EQ(client(hops), "203.0.113.7");
    EXPECT_EQ(client(hops + ",10.2.2.3"), "10.2.2.2");
}

}  // namespace
}  // namespace inlet::http
