// chunk_decoder.hpp - takes the chunks off a body (RFC 9112, 7.1), in place and piece by piece.
// Stricter than most: no white space around the size, no bare LF; extensions (which must have a name) and trailers
// (which must be header fields) are bounded and ignored.
// Bounds:     body <= max_body_bytes; everything that is not body <= kMaxOverhead plus what each
//             chunk needs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "http/refusal.hpp"

namespace inlet::http {

class ChunkDecoder {
  public:
    // Extensions and trailers of one message together.
    static constexpr std::size_t kMaxOverhead = 16 * 1024;

    struct Progress {
        std::size_t consumed = 0;  // of the input; all of it unless done or refused
        std::size_t produced = 0;  // bytes of body, moved to the front of `out`
        bool done = false;
        Refusal refusal = {};
    };

    // Reads `in` and writes body bytes to `out`, which may be the same memory or lie before it.
    Progress decode(std::span<char const> in, char* out, std::size_t max_body_bytes);

    void reset() { *this = {}; }

  private:
    enum class State : std::uint8_t {
        size_first,
        size,
        extension_name,
        extension,
        size_lf,
        data,
        data_cr,
        data_lf,
        trailer_start,
        trailer_name,
        trailer_value,
        trailer_lf,
        end_lf,
        done
    };

    // One byte outside of the data.
    Refusal step(char c, std::size_t max_body_bytes);
    Refusal count_trailer_byte();
    Refusal add_digit(char c, std::size_t max_body_bytes);

    State state_ = State::size_first;
    std::uint8_t digits_ = 0;
    std::uint64_t size_ = 0;  // of the current chunk; while in data: what is left of it
    std::uint64_t body_ = 0;  // so far
    std::size_t overhead_ = 0;
};

}  // namespace inlet::http
