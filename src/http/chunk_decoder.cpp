#include "http/chunk_decoder.hpp"

#include <algorithm>
#include <cstring>

#include "http/text.hpp"

namespace inlet::http {
namespace {

constexpr std::uint8_t kMaxDigits = 16;
constexpr Refusal kBadChunk = {400, "malformed chunk"};
constexpr Refusal kTooLarge = {413, "body too large"};

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

bool is_control(char c) {
    auto const u = static_cast<unsigned char>(c);
    return (u < 0x20 && c != '\t') || u == 0x7f;
}

}  // namespace

ChunkDecoder::Progress ChunkDecoder::decode(std::span<char const> in, char* out,
                                            std::size_t max_body_bytes) {
    Progress progress;
    while (progress.consumed < in.size() && state_ != State::done) {
        if (state_ == State::data) {
            auto const n = static_cast<std::size_t>(
                std::min<std::uint64_t>(size_, in.size() - progress.consumed));
            std::memmove(out + progress.produced, in.data() + progress.consumed, n);
            progress.produced += n;
            progress.consumed += n;
            size_ -= n;
            if (size_ == 0) state_ = State::data_cr;
            continue;
        }
        progress.refusal = step(in[progress.consumed++], max_body_bytes);
        if (progress.refusal) return progress;
    }
    progress.done = state_ == State::done;
    return progress;
}

Refusal ChunkDecoder::step(char c, std::size_t max_body_bytes) {
    switch (state_) {
        case State::size_first:
            digits_ = 0;
            size_ = 0;
            state_ = State::size;
            return add_digit(c, max_body_bytes);
        case State::size:
            if (c == '\r')
                state_ = State::size_lf;
            else if (c == ';')
                state_ = State::extension_name;
            else
                return add_digit(c, max_body_bytes);
            return {};
        case State::extension_name:
            if (!is_token_char(c)) return kBadChunk;
            state_ = State::extension;
            [[fallthrough]];
        case State::extension:
            if (c == '\r')
                state_ = State::size_lf;
            else if (is_control(c) || ++overhead_ > kMaxOverhead)
                return kBadChunk;
            return {};
        case State::size_lf:
            if (c != '\n') return kBadChunk;
            body_ += size_;
            state_ = size_ == 0 ? State::trailer_start : State::data;
            return {};
        case State::data_cr:
            if (c != '\r') return kBadChunk;
            state_ = State::data_lf;
            return {};
        case State::data_lf:
            if (c != '\n') return kBadChunk;
            state_ = State::size_first;
            return {};
        case State::trailer_start:
            if (c == '\r') {
                state_ = State::end_lf;
                return {};
            }
            if (c == ':') return kBadChunk;
            state_ = State::trailer_name;
            [[fallthrough]];
        case State::trailer_name:
            if (c == ':')
                state_ = State::trailer_value;
            else if (!is_token_char(c))
                return kBadChunk;
            return count_trailer_byte();
        case State::trailer_value:
            if (c == '\r')
                state_ = State::trailer_lf;
            else if (is_control(c))
                return kBadChunk;
            return count_trailer_byte();
        case State::trailer_lf:
            if (c != '\n') return kBadChunk;
            state_ = State::trailer_start;
            return {};
        case State::end_lf:
            if (c != '\n') return kBadChunk;
            state_ = State::done;
            return {};
        case State::data:
        case State::done:
            break;
    }
    return kBadChunk;
}

Refusal ChunkDecoder::count_trailer_byte() {
    if (++overhead_ > kMaxOverhead) return {431, "trailers too large"};
    return {};
}

Refusal ChunkDecoder::add_digit(char c, std::size_t max_body_bytes) {
    int const value = hex_value(c);
    if (value < 0 || ++digits_ > kMaxDigits) return kBadChunk;
    // 16 digits fit into 64 bits, so this never overflows.
    size_ = size_ * 16 + static_cast<std::uint64_t>(value);
    if (size_ > max_body_bytes || body_ + size_ > max_body_bytes) return kTooLarge;
    return {};
}

}  // namespace inlet::http
