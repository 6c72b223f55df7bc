#include "base/ip_address.hpp"

#include <gtest/gtest.h>
#include <string>

#include "base/ip_network.hpp"

namespace inlet {
namespace {

std::string text(IpAddress const& address) {
    return std::string(std::string_view(address.text()));
}

IpAddress address(std::string_view text) {
    auto const parsed = IpAddress::parse(text);
    EXPECT_TRUE(parsed) << text;
    return parsed.value_or(IpAddress());
}

TEST(IpAddress, IsReadAndWritten) {
    for (auto const* same : {"0.0.0.0", "203.0.113.7", "255.255.255.255", "::", "::1",
                             "2001:db8::1", "fe80::1", "1:2:3:4:5:6:7:8"}) {
        EXPECT_EQ(text(address(same)), same);
    }
    EXPECT_EQ(text(address("2001:DB8:0:0::1")), "2001:db8::1");
    EXPECT_EQ(text(address("::ffff:203.0.113.7")), "203.0.113.7");
}

TEST(IpAddress, IsNothingElse) {
    using namespace std::string_view_literals;
    for (auto const no :
         {""sv, " 1.2.3.4"sv, "1.2.3"sv, "1.2.3.4.5"sv, "1.2.3.256"sv, "01.2.3.4"sv, "1.2.3.4:80"sv,
          "[::1]"sv, "fe80::1%eth0"sv, "example.com"sv, "1.2.3.4\0x"sv, "::1\n"sv, "0x7f.1"sv,
          "1111:2222:3333:4444:5555:6666:7777:8888:9999:0000"sv}) {
        EXPECT_FALSE(IpAddress::parse(no)) << no;
    }
}

TEST(IpAddress, KnowsLoopback) {
    for (auto const* yes : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"})
        EXPECT_TRUE(address(yes).is_loopback()) << yes;
    for (auto const* no : {"0.0.0.0", "128.0.0.1", "::", "::2", "10.0.0.1"})
        EXPECT_FALSE(address(no).is_loopback()) << no;
}

TEST(IpAddress, CountsAnIpv6NetworkOf64BitsAsOneCustomer) {
    EXPECT_EQ(address("2001:db8::1").customer(), address("2001:db8:0:0:ffff::2").customer());
    EXPECT_NE(address("2001:db8::1").customer(), address("2001:db8:0:1::1").customer());
    EXPECT_NE(address("203.0.113.7").customer(), address("203.0.113.8").customer());
    EXPECT_EQ(address("203.0.113.7").customer(), address("::ffff:203.0.113.7").customer());
    EXPECT_NE(address("0.0.0.0").customer(), address("::").customer());
}

TEST(IpAddress, IsTruncatedToWhereNobodyIsMeant) {
    EXPECT_EQ(text(address("203.0.113.77").truncated()), "203.0.113.0");
    EXPECT_EQ(text(address("::ffff:203.0.113.77").truncated()), "203.0.113.0");
    EXPECT_EQ(text(address("2001:db8:1:2:3:4:5:6").truncated()), "2001:db8:1::");
    EXPECT_EQ(text(address("::1").truncated()), "::");
}

TEST(IpAddress, OfASocketWithoutOneIsNone) {
    sockaddr_storage local{};
    local.ss_family = AF_UNIX;
    EXPECT_EQ(IpAddress(local), IpAddress());
}

bool holds(std::string_view network, std::string_view member) {
    auto const parsed = IpNetwork::parse(network);
    EXPECT_TRUE(parsed) << network;
    return parsed && parsed->contains(address(member));
}

TEST(IpNetwork, HoldsTheAddressesThatShareItsBits) {
    EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.0"));
    EXPECT_TRUE(holds("10.0.0.0/8", "::ffff:10.1.2.3"));
    EXPECT_TRUE(holds("192.0.2.1", "192.0.2.1"));
    EXPECT_FALSE(holds("192.0.2.1", "192.0.2.2"));
    EXPECT_TRUE(holds("192.0.2.128/25", "192.0.2.255"));
    EXPECT_FALSE(holds("192.0.2.128/25", "192.0.2.127"));
    EXPECT_TRUE(holds("2001:db8::/33", "2001:db8:7fff::1"));
    EXPECT_FALSE(holds("2001:db8::/33", "2001:db8:8000::1"));
    EXPECT_TRUE(holds("::1", "::1"));
    EXPECT_TRUE(holds("0.0.0.0/0", "203.0.113.7"));
    EXPECT_FALSE(holds("0.0.0.0/0", "2001:db8::1")) << "every IPv4 address, and no other";
    EXPECT_TRUE(holds("::/0", "2001:db8::1"));
}

TEST(IpNetwork, IsRefusedUnlessItIsWrittenWell) {
    for (auto const* no :
         {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.1/8",
          "10.0.0.0/8 ", "2001:db8::/129", "2001:db8::1/64", "example.com/8", "10.0.0.0/8/8"}) {
        EXPECT_FALSE(IpNetwork::parse(no)) << no;
    }
}

}  // namespace
}  // namespace inlet
