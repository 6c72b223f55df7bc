#include "http/proxy_header.hpp"

#include <gtest/gtest.h>
#include <string>

#include "support/proxy_text.hpp"

namespace inlet::http {
namespace {

using State = ProxyHeader::State;
using test::proxy_header;

std::string const kV4 = test::proxy_header_for("203.0.113.7");
std::string const kV6 = test::proxy_header_for("2001:db8::9");

std::string client(ProxyHeader const& header) {
    return header.client() ? std::string(std::string_view(header.client()->text())) : "none";
}

// The header as it is read from a socket in which `bytes` stand, in pieces of at most this size.
State read(ProxyHeader& header, std::string_view bytes, std::size_t piece) {
    auto state = State::incomplete;
    while (state == State::incomplete && !bytes.empty()) {
        auto const next = bytes.substr(0, std::min(piece, header.wanted()));
        EXPECT_FALSE(next.empty());
        state = header.take(next);
        bytes.remove_prefix(next.size());
    }
    return state;
}

TEST(ProxyHeader, NamesTheClient) {
    for (auto const& [bytes, expected] :
         {std::pair{kV4, "203.0.113.7"},
          {kV6, "2001:db8::9"},
          {test::proxy_header_for("::ffff:203.0.113.7"), "203.0.113.7"}}) {
        ProxyHeader header;
        EXPECT_EQ(read(header, bytes, bytes.size()), State::complete);
        EXPECT_EQ(client(header), expected);
    }
}

TEST(ProxyHeader, IsTheSameInAnyPieces) {
    for (auto const& bytes :
         {kV4, kV6, kV4.substr(0, 15) + "\x2d" + kV4.substr(16) + std::string(0x2d - 12, '\xee')}) {
        for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
            ProxyHeader header;
            EXPECT_EQ(read(header, bytes, piece), State::complete) << piece;
            EXPECT_EQ(header.wanted(), 0U);
            EXPECT_NE(client(header), "none");
        }
        for (std::size_t split = 1; split < std::min<std::size_t>(bytes.size(), 16); ++split) {
            ProxyHeader header;
            EXPECT_EQ(header.take(bytes.substr(0, split)), State::incomplete) << split;
            EXPECT_EQ(read(header, bytes.substr(split), bytes.size()), State::complete) << split;
        }
    }
}

TEST(ProxyHeader, IsIncompleteAtEveryTruncation) {
    for (auto const& bytes : {kV4, kV6}) {
        for (std::size_t size = 1; size < bytes.size(); ++size) {
            ProxyHeader header;
            EXPECT_EQ(read(header, bytes.substr(0, size), bytes.size()), State::incomplete) << size;
            EXPECT_GT(header.wanted(), 0U) << size;
        }
    }
}

TEST(ProxyHeader, NeverWantsWhatStandsBehindIt) {
    for (auto const& bytes : {kV4, kV6}) {
        std::size_t taken = 0;
        ProxyHeader header;
        for (auto state = State::incomplete; state == State::incomplete;) {
            auto const next = header.wanted();
            ASSERT_LE(taken + next, bytes.size());
            state = header.take(bytes.substr(taken, next));
            taken += next;
        }
        EXPECT_EQ(taken, bytes.size());
    }
}

TEST(ProxyHeader, NamesNobodyWhereTheProxySpeaksForItself) {
    for (auto const& bytes :
         {proxy_header('\x20', '\x00', ""), proxy_header('\x20', '\x11', std::string(12, 'a')),
          proxy_header('\x20', '\x7f', "tlv"), proxy_header('\x21', '\x00', ""),
          proxy_header('\x21', '\x00', "tlv"),
          proxy_header('\x21', '\x31', std::string(216, '/'))}) {
        ProxyHeader header;
        EXPECT_EQ(read(header, bytes, bytes.size()), State::complete);
        EXPECT_EQ(client(header), "none");
    }
}

TEST(ProxyHeader, IsRefusedAsSoonAsItIsSeenToBeWrong) {
    auto const changed = [](std::size_t at, char to) {
        auto copy = kV4;
        copy[at] = to;
        return copy;
    };
    for (std::size_t i = 0; i < 12; ++i) {
        ProxyHeader header;
        EXPECT_EQ(read(header, changed(i, 'x').substr(0, i + 1), 1), State::malformed) << i;
    }
    for (auto const& bytes :
         {changed(12, '\x11'), changed(12, '\x22'), changed(12, '\x2f'), changed(12, '\x31'),
          changed(13, '\x10'), changed(13, '\x12'), changed(13, '\x22'), changed(13, '\x41'),
          proxy_header('\x21', '\x11', std::string(11, 'a')),
          proxy_header('\x21', '\x21', std::string(35, 'a')),
          proxy_header('\x21', '\x31', std::string(215, 'a')), proxy_header('\x21', '\x11', "")}) {
        for (std::size_t piece : {std::size_t{1}, bytes.size()}) {
            ProxyHeader header;
            EXPECT_EQ(read(header, bytes.substr(0, 16), piece), State::malformed);
        }
    }
    ProxyHeader text;
    EXPECT_EQ(read(text, "PROXY TCP4 203.0.113.7", 22), State::malformed) << "version 1";
}

TEST(ProxyHeader, HasABound) {
    auto const of_size = [](std::size_t size) {
        return proxy_header('\x21', '\x00', std::string(size - 16, 't'));
    };
    ProxyHeader longest;
    EXPECT_EQ(read(longest, of_size(ProxyHeader::kMaxBytes), 1000), State::complete);
    ProxyHeader longer;
    EXPECT_EQ(read(longer, of_size(ProxyHeader::kMaxBytes + 1), 1000), State::malformed);
}

}  // namespace
}  // namespace inlet::http
