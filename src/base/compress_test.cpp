#include "base/compress.hpp"

#include <gtest/gtest.h>
#include <random>

#include "base/decompress.hpp"

namespace inlet {
namespace {

std::string compressed(Codec codec, std::vector<std::string> const& pieces) {
    Compressor compressor(codec);
    std::string out;
    for (auto const& piece : pieces) compressor.append(piece, out);
    return out;
}

std::string random_text(std::size_t size) {
    std::mt19937_64 random(size);
    std::string text(size, '\0');
    for (auto& c : text) c = static_cast<char>(random());
    return text;
}

// Through a Decompressor, fed in pieces of `step` bytes.
Result<std::string> streamed(Codec codec, std::string_view data, std::size_t step) {
    Decompressor decompressor(codec);
    std::string out;
    auto const take = [&](std::string_view piece) -> Result<void> {
        EXPECT_LE(piece.size(), std::max<std::size_t>(64 * 1024, step)) << "bounded";
        out += piece;
        return success();
    };
    while (!data.empty()) {
        TRY(decompressor.feed(data.substr(0, step), take));
        data.remove_prefix(std::min(step, data.size()));
    }
    TRY(decompressor.finish());
    return out;
}

class EveryCodec : public ::testing::TestWithParam<Codec> {};

TEST_P(EveryCodec, MembersOneAfterTheOtherAreOneText) {
    auto const data = compressed(GetParam(), {"one\n", "two\n", "", std::string(100'000, 'x')});
    auto const expected = "one\ntwo\n" + std::string(100'000, 'x');
    EXPECT_EQ(decompress(GetParam(), data, 1'000'000).value(), expected);
    for (std::size_t const step : {1U, 7U, 1000U, 1'000'000U}) {
        EXPECT_EQ(streamed(GetParam(), data, step).value(), expected) << step;
    }
}

TEST_P(EveryCodec, TheSamePieceGivesTheSameBytes) {
    auto const text = random_text(50'000);
    EXPECT_EQ(compressed(GetParam(), {text}), compressed(GetParam(), {text}));
    Compressor used(GetParam());
    std::string before;
    used.append("something else", before);
    std::string out;
    used.append(text, out);
    EXPECT_EQ(out, compressed(GetParam(), {text})) << "nothing is carried over";
}

TEST_P(EveryCodec, IncompressibleTextComesBack) {
    for (std::size_t const size : {1U, 65'536U, 65'537U, 2'000'000U}) {
        auto const text = random_text(size);
        auto const data = compressed(GetParam(), {text});
        EXPECT_EQ(decompress(GetParam(), data, size).value(), text);
        EXPECT_EQ(streamed(GetParam(), data, 4096).value(), text);
    }
}

TEST_P(EveryCodec, NeverGivesMoreThanAllowed) {
    auto const data = compressed(GetParam(), {std::string(1'000'000, 'x')});
    EXPECT_EQ(decompress(GetParam(), data, 999'999).error().code, Errc::full);
    EXPECT_TRUE(decompress(GetParam(), data, 1'000'000));
}

INSTANTIATE_TEST_SUITE_P(Codecs, EveryCodec,
                         ::testing::Values(Codec::off, Codec::gzip, Codec::zstd),
                         [](auto const& instance) {
                             return std::string(to_string(instance.param));
                         });

TEST(Compressed, ABombCostsNoMoreThanItsLimit) {
    auto const bomb = compressed(Codec::gzip, {std::string(64 << 20, '\0')});
    ASSERT_LT(bomb.size(), 100'000U);
    std::string out;
    EXPECT_EQ(inflate_gzip(bomb, 1 << 20, out).error().code, Errc::full);
    EXPECT_LE(out.capacity(), 2U << 20);
    // Many members, each within the limit.
    std::string many;
    for (int i = 0; i < 100; ++i) many += compressed(Codec::gzip, {std::string(20'000, '\0')});
    EXPECT_EQ(inflate_gzip(many, 1 << 20, out).error().code, Errc::full);
    EXPECT_EQ(streamed(Codec::gzip, bomb, 4096).value().size(), 64U << 20);
}

TEST(Compressed, EveryTruncationIsNoticed) {
    for (Codec const codec : {Codec::gzip, Codec::zstd}) {
        auto const data = compressed(codec, {"one\n", "two and a little more\n"});
        auto const first = compressed(codec, {"one\n"}).size();
        for (std::size_t size = 0; size < data.size(); ++size) {
            if (size == first) continue;  // ends where a member ends
            auto const cut = std::string_view(data).substr(0, size);
            EXPECT_EQ(streamed(codec, cut, 5).error().code, Errc::corrupt) << size;
            if (codec == Codec::zstd && size == 0)
                continue;  // no frame at all is an empty text there
            EXPECT_EQ(decompress(codec, cut, 1000).error().code, Errc::corrupt) << size;
        }
    }
}

TEST(Compressed, EveryFlippedByteOfAGzipMemberIsNoticedOrHarmless) {
    auto const good = compressed(Codec::gzip, {"the text that must come back or not at all\n"});
    auto const text = decompress(Codec::gzip, good, 1000).value();
    for (std::size_t at = 0; at < good.size(); ++at) {
        auto bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x55);
        auto const whole = decompress(Codec::gzip, bad, 1000);
        auto const pieces = streamed(Codec::gzip, bad, 3);
        // The header's time stamp and system are not covered by the checksum.
        EXPECT_TRUE(!whole || whole.value() == text) << at;
        EXPECT_TRUE(!pieces || pieces.value() == text) << at;
    }
}

TEST(Compressed, GarbageIsCorrupt) {
    for (Codec const codec : {Codec::gzip, Codec::zstd}) {
        auto const good = compressed(codec, {"one\n"});
        for (auto const& garbage :
             {std::string("no such format"), std::string(100, '\0'), good + "more"}) {
            EXPECT_EQ(decompress(codec, garbage, 1000).error().code, Errc::corrupt);
            EXPECT_EQ(streamed(codec, garbage, 1000).error().code, Errc::corrupt);
        }
    }
}

TEST(Compressed, TheTakersErrorStopsTheReading) {
    auto const data = compressed(Codec::gzip, {std::string(1'000'000, 'x')});
    Decompressor decompressor(Codec::gzip);
    int calls = 0;
    auto const refuse = [&](std::string_view) -> Result<void> {
        ++calls;
        return fail(Errc::stopping, "enough");
    };
    EXPECT_EQ(decompressor.feed(data, refuse).error().code, Errc::stopping);
    EXPECT_EQ(calls, 1);
}

TEST(Codec, HasANameAndASuffix) {
    EXPECT_EQ(to_string(Codec::zstd), "zstd");
    EXPECT_EQ(file_suffix(Codec::zstd), ".zst");
    EXPECT_EQ(file_suffix(Codec::gzip), ".gz");
    EXPECT_EQ(file_suffix(Codec::off), "");
}

}  // namespace
}  // namespace inlet
