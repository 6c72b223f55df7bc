// Any bytes as compressed text. The first byte chooses the format, the second where the text is cut in two.
// Holds: the two readers (whole and in pieces) give the same text where both take it, and of gzip the whole one takes all
// that the other takes; neither gives more than it may; what the compressor makes is read back, in any number of members.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "base/compress.hpp"
#include "base/decompress.hpp"
#include "fuzz/input.hpp"

namespace inlet {
namespace {

constexpr std::size_t kMaxBytes = 100'000;

Result<std::string> read_in_pieces(Codec codec, std::string_view bytes, std::size_t first) {
    Decompressor reader(codec);
    std::string out;
    auto const take = [&](std::string_view piece) -> Result<void> {
        if (out.size() + piece.size() > kMaxBytes) return fail(Errc::full, "fuzz");
        out += piece;
        return success();
    };
    TRY(reader.feed(bytes.substr(0, first), take));
    TRY(reader.feed(bytes.substr(first), take));
    TRY(reader.finish());
    return out;
}

void check_readers(Codec codec, std::string_view bytes, std::size_t first) {
    auto const whole = decompress(codec, bytes, kMaxBytes);
    auto const pieces = read_in_pieces(codec, bytes, first);
    if (whole) CHECK(whole.value().size() <= kMaxBytes);
    if (bytes.empty()) return;  // no text for one, an empty one for the other
    if (whole && pieces) CHECK(whole.value() == pieces.value());
    // libzstd itself is not as strict about the announced size when a frame comes in pieces.
    if (codec == Codec::zstd) return;
    if (pieces) CHECK(whole.has_value());
    // Full for one is full for the other.
    if (!whole && whole.error().code == Errc::full) CHECK(!pieces);
    auto const other = read_in_pieces(codec, bytes, 1);
    CHECK(other.has_value() == pieces.has_value());
}

void check_round_trip(Codec codec, std::string_view text, std::size_t first) {
    Compressor compressor(codec);
    std::string packed;
    compressor.append(text.substr(0, first), packed);
    compressor.append(text.substr(first), packed);
    auto const whole = decompress(codec, packed, text.size());
    CHECK(whole.has_value() && whole.value() == text);
    auto const pieces = read_in_pieces(codec, packed, std::min(first, packed.size()));
    CHECK(pieces.has_value() == (text.size() <= kMaxBytes));
    if (text.empty()) return;
    auto const short_of_one = decompress(codec, packed, text.size() - 1);
    CHECK(!short_of_one.has_value() && short_of_one.error().code == Errc::full);
}

}  // namespace
}  // namespace inlet

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    using inlet::Codec;
    inlet::fuzz::Input input(data, size);
    static constexpr std::array kCodecs = {Codec::gzip, Codec::zstd};
    auto const choice = input.byte();
    auto const cut = input.byte();
    auto const bytes = input.rest();
    auto const first = std::min<std::size_t>(cut, bytes.size());
    auto const codec = kCodecs[choice % 2];
    if (choice % 4 < 2) {
        inlet::check_readers(codec, bytes, first);
    } else {
        inlet::check_round_trip(codec, bytes, first);
    }
    return 0;
}
