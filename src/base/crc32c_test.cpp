#include "base/crc32c.hpp"

#include <gtest/gtest.h>
#include <random>
#include <string>

namespace inlet {
namespace {

TEST(Crc32c, GivesTheKnownValues) {
    struct Case {
        std::string data;
        std::uint32_t crc;
    };
    std::string ascending;
    for (int i = 0; i < 32; ++i) ascending += static_cast<char>(i);
    std::string const descending(ascending.rbegin(), ascending.rend());
    // RFC 3720, B.4, and the usual check value.
    for (auto const& [data, crc] :
         {Case{"123456789", 0xE3069283}, Case{"", 0}, Case{std::string(32, '\0'), 0x8A9136AA},
          Case{std::string(32, '\xFF'), 0x62A8AB43}, Case{ascending, 0x46DD794E},
          Case{descending, 0x113FDB5C}}) {
        EXPECT_EQ(crc32c(data), crc);
        EXPECT_EQ(crc32c_portable(data), crc);
    }
}

TEST(Crc32c, IsTheSameInHardwareAndInTheTableForEverySizeAndAlignment) {
    std::mt19937_64 random(1);
    std::string data(300, '\0');
    for (auto& c : data) c = static_cast<char>(random());
    for (std::size_t begin = 0; begin < 9; ++begin) {
        for (std::size_t size = 0; size + begin <= data.size(); ++size) {
            auto const piece = std::string_view(data).substr(begin, size);
            auto const seed = static_cast<std::uint32_t>(size * 77);
            ASSERT_EQ(crc32c(piece, seed), crc32c_portable(piece, seed)) << begin << "+" << size;
        }
    }
}

TEST(Crc32c, GoesOnOverPieces) {
    std::string const data = "the quick brown fox jumps over the lazy dog";
    for (std::size_t cut = 0; cut <= data.size(); ++cut) {
        EXPECT_EQ(crc32c(data.substr(cut), crc32c(data.substr(0, cut))), crc32c(data));
    }
}

TEST(Crc32c, NoticesEverySingleFlippedBit) {
    std::string data = "a row of a journal, say";
    auto const good = crc32c(data);
    for (std::size_t bit = 0; bit < data.size() * 8; ++bit) {
        auto const flip = [&] {
            data[bit / 8] = static_cast<char>(data[bit / 8] ^ (1 << (bit % 8)));
        };
        flip();
        EXPECT_NE(crc32c(data), good) << bit;
        flip();
    }
}

}  // namespace
}  // namespace inlet
