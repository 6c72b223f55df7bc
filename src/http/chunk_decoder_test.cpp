#include "http/chunk_decoder.hpp"

#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace inlet::http {
namespace {

constexpr std::size_t kMax = 100;

struct Decoded {
    std::string body;
    std::string rest;  // what follows the message
    bool done = false;
    unsigned status = 0;
};

// Decodes in place, in pieces of `piece` bytes, as the session does.
Decoded decode(std::string_view bytes, std::size_t piece = 1'000'000) {
    ChunkDecoder decoder;
    Decoded result;
    std::string buffer;
    while (!bytes.empty() && !result.done && result.status == 0) {
        buffer += bytes.substr(0, piece);
        bytes.remove_prefix(std::min(piece, bytes.size()));
        auto const from = result.body.size();
        auto const progress =
            decoder.decode(std::string_view(buffer).substr(from), buffer.data() + from, kMax);
        result.status = progress.refusal.status;
        result.done = progress.done;
        result.rest = buffer.substr(from + progress.consumed) + std::string(bytes);
        buffer.resize(from + progress.produced);
        result.body = buffer;
    }
    return result;
}

TEST(ChunkDecoder, JoinsChunksWhereverTheInputIsSplit) {
    std::string_view const message =
        "5\r\nhello\r\n1;ext=\"a b\"\r\n,\r\n00A\r\n wide worl\r\n1\r\nd\r\n0\r\nTrailer: "
        "x\r\nB:y\r\n\r\nGET /";
    for (std::size_t piece = 1; piece <= message.size(); ++piece) {
        auto const decoded = decode(message, piece);
        ASSERT_TRUE(decoded.done) << piece;
        EXPECT_EQ(decoded.body, "hello, wide world");
        EXPECT_EQ(decoded.rest, "GET /");
    }
}

TEST(ChunkDecoder, KeepsBytesOfAnyValue) {
    std::string const data("\r\n\0\xFF 0\r\n\r\n", 10);
    EXPECT_EQ(decode("a\r\n" + data + "\r\n0\r\n\r\n").body, data);
}

TEST(ChunkDecoder, RefusesWhatOtherReadersMightTakeDifferently) {
    std::vector<std::string_view> const hostile = {
        "0x5\r\nhello\r\n0\r\n\r\n",
        "+5\r\nhello\r\n0\r\n\r\n",
        "-5\r\nhello\r\n",
        "5_0\r\n",
        " 5\r\nhello\r\n",
        "5 \r\nhello\r\n",
        "5\t;a\r\nhello\r\n",
        "\r\nhello\r\n",
        ";a=b\r\nhello\r\n",
        "5\nhello\n0\n\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhelloX0\r\n\r\n",
        "5\r\nhello\r\n0\r\n\n",
        "5\rhello",
        "5;\r\nhello\r\n",
        "5;=b\r\nhello\r\n",
        "5; a\r\nhello\r\n",
        "5;a\nhello",
        "5;a\rb\r\nhello",
        "5;\x01\r\nhello",
        "00000000000000005\r\nhello\r\n",
        "g\r\n",
        "5\r\nhello\r\n0\r\nA: b\n",
        "5\r\nhello\r\n0\r\n A: b\r\n\r\n",
        "5\r\nhello\r\r\n",
        "0\r\nA: b\rc\r\n\r\n",
        "0\r\nA\r\n\r\n",
        "0\r\n: b\r\n\r\n",
        "0\r\nA : b\r\n\r\n",
        "0\r\nA(: b\r\n\r\n",
        "0\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
    };
    for (auto const bytes : hostile) EXPECT_EQ(decode(bytes).status, 400u) << bytes;
}

TEST(ChunkDecoder, BoundsTheBody) {
    std::string const full(kMax, 'x');
    EXPECT_TRUE(decode("64\r\n" + full + "\r\n0\r\n\r\n").done);
    EXPECT_EQ(decode("65\r\n").status, 413u);
    EXPECT_EQ(decode("64\r\n" + full + "\r\n1\r\n").status, 413u);
    EXPECT_EQ(decode("FFFFFFFFFFFFFFFF\r\n").status, 413u);
    EXPECT_EQ(decode("1\r\nx\r\nFFFFFFFFFFFFFFFF\r\n").status, 413u);  // the sum would overflow
}

TEST(ChunkDecoder, BoundsExtensionsAndTrailers) {
    std::string const long_text(ChunkDecoder::kMaxOverhead + 1, 'x');
    EXPECT_EQ(decode("1;" + long_text).status, 400u);
    EXPECT_EQ(decode("0\r\n" + long_text).status, 431u);
    std::string many = "0\r\n";
    for (std::size_t i = 0; i <= ChunkDecoder::kMaxOverhead; ++i) many += "a:\r\n";
    EXPECT_EQ(decode(many).status, 431u);
}

}  // namespace
}  // namespace inlet::http
