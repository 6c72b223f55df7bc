#include "base/id.hpp"

#include <bit>
#include <cstring>
#include <sys/random.h>

#include "base/check.hpp"

namespace inlet {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";
constexpr std::string_view kBase32 = "abcdefghijklmnopqrstuvwxyz234567";

// Each byte as its two digits: an id is made for every row, so it counts.
constexpr auto kHexPairs = [] {
    std::array<std::array<char, 2>, 256> pairs{};
    for (std::size_t i = 0; i < pairs.size(); ++i) pairs[i] = {kHex[i >> 4], kHex[i & 0xF]};
    return pairs;
}();

UuidText format_uuid(std::uint64_t high, std::uint64_t low) {
    UuidText text;
    char* out = text.data();
    auto const put_bytes = [&](std::uint64_t word, int from, int to) {
        for (int i = from; i < to; ++i, out += 2) {
            std::memcpy(out, kHexPairs[word >> (56 - 8 * i) & 0xFF].data(), 2);
        }
    };
    put_bytes(high, 0, 4);
    *out++ = '-';
    put_bytes(high, 4, 6);
    *out++ = '-';
    put_bytes(high, 6, 8);
    *out++ = '-';
    put_bytes(low, 0, 2);
    *out++ = '-';
    put_bytes(low, 2, 8);
    return text;
}

constexpr std::uint64_t kVariant =
    0x8000'0000'0000'0000;  // binary 10 in the top bits of the second half
constexpr std::uint64_t kVariantMask = 0x3FFF'FFFF'FFFF'FFFF;

}  // namespace

UuidSource::UuidSource() : state_() {
    fill_random(reinterpret_cast<char*>(state_.data()), sizeof(state_));
    state_[0] |= 1;  // xoshiro must not start from all zeros
}

// xoshiro256++ (Blackman and Vigna, public domain algorithm): a few cycles, no system call per id.
std::uint64_t UuidSource::random() {
    auto& s = state_;
    std::uint64_t const result = std::rotl(s[0] + s[3], 23) + s[0];
    std::uint64_t const t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = std::rotl(s[3], 45);
    return result;
}

UuidText UuidSource::next(std::int64_t unix_ms) {
    std::uint64_t const time = static_cast<std::uint64_t>(unix_ms) << 16;
    return format_uuid(time | 0x7000 | (random() & 0xFFF), kVariant | (random() & kVariantMask));
}

UuidText uuid_from_sha256(std::array<unsigned char, 32> const& digest) {
    std::uint64_t high = 0;
    std::uint64_t low = 0;
    for (std::size_t i = 0; i < 8; ++i) high = high << 8 | digest[i];
    for (std::size_t i = 8; i < 16; ++i) low = low << 8 | digest[i];
    return format_uuid((high & ~std::uint64_t{0xF000}) | 0x8000, kVariant | (low & kVariantMask));
}

std::string to_hex(std::string_view bytes) {
    std::string out;
    out.reserve(bytes.size() * 2);
    for (char c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        out += kHex[byte >> 4];
        out += kHex[byte & 0xF];
    }
    return out;
}

std::string random_node() {
    std::uint64_t bits = 0;
    fill_random(reinterpret_cast<char*>(&bits), sizeof(bits));
    std::string node;
    for (std::size_t i = 0; i < kNodeSize; ++i, bits >>= 5) node += kBase32[bits & 31];
    return node;
}

void fill_random(char* out, std::size_t size) {
    while (size > 0) {
        auto const n = ::getrandom(out, size, 0);
        CHECK(n > 0 || errno == EINTR);
        if (n < 0) continue;
        out += n;
        size -= static_cast<std::size_t>(n);
    }
}

}  // namespace inlet
