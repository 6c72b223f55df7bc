#include "base/base64.hpp"

#include <array>
#include <cstdint>
#include <cstring>

namespace inlet {
namespace {

constexpr char kAlphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kNone = 0xff;

using Pair = std::array<char, 2>;

constexpr auto kPairs = [] {
    std::array<Pair, 4096> pairs{};
    for (std::size_t i = 0; i < pairs.size(); ++i)
        pairs[i] = {kAlphabet[i >> 6], kAlphabet[i & 63]};
    return pairs;
}();

constexpr auto kValues = [] {
    std::array<std::uint8_t, 256> values{};
    for (auto& value : values) value = kNone;
    for (std::uint8_t i = 0; i < 64; ++i) values[static_cast<unsigned char>(kAlphabet[i])] = i;
    return values;
}();

}  // namespace

void append_base64(std::string& out, std::string_view bytes) {
    auto const start = out.size();
    out.resize(start + (bytes.size() + 2) / 3 * 4);
    auto const* in = reinterpret_cast<unsigned char const*>(bytes.data());
    auto const* const end = in + bytes.size();
    char* to = out.data() + start;
    for (; end - in >= 3; in += 3, to += 4) {
        auto const bits = static_cast<unsigned>(in[0] << 16 | in[1] << 8 | in[2]);
        std::memcpy(to, kPairs[bits >> 12].data(), 2);
        std::memcpy(to + 2, kPairs[bits & 4095].data(), 2);
    }
    if (in == end) return;
    auto const bits = static_cast<unsigned>(in[0] << 16 | (end - in > 1 ? in[1] << 8 : 0));
    std::memcpy(to, kPairs[bits >> 12].data(), 2);
    to[2] = end - in > 1 ? kPairs[bits & 4095][0] : '=';
    to[3] = '=';
}

Result<void> decode_base64(std::string_view text, std::string& out) {
    auto const bad = [] { return fail(Errc::invalid, "base64"); };
    if (text.size() % 4 != 0) return bad();
    std::size_t padding = 0;
    while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=')
        ++padding;
    out.clear();
    out.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const is_padding = i >= text.size() - padding;
        auto const value =
            is_padding ? std::uint8_t{0} : kValues[static_cast<unsigned char>(text[i])];
        if (value == kNone) return bad();
        bits = bits << 6 | value;
        if (i % 4 != 3) continue;
        out += static_cast<char>(bits >> 16 & 0xff);
        out += static_cast<char>(bits >> 8 & 0xff);
        out += static_cast<char>(bits & 0xff);
    }
    out.resize(out.size() - padding);
    return success();
}

}  // namespace inlet
