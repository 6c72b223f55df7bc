// compress.hpp - gzip (libdeflate) and zstd, whole buffers at a time.
// Threads: a Compressor belongs to one thread; inflate_gzip is free.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.hpp"

namespace inlet {

enum class Codec : std::uint8_t { off, gzip, zstd };

std::string_view to_string(Codec codec);    // "off", "gzip", "zstd"
std::string_view file_suffix(Codec codec);  // "", ".gz", ".zst"

// Turns pieces into independent members (gzip, RFC 1952) or frames (zstd, RFC 8878). Both formats say that
// members standing one after the other are one valid file, so a stream can be cut into pieces of any size.
// The same piece gives the same bytes with the same library version.
class Compressor {
  public:
    explicit Compressor(Codec codec);
    ~Compressor();
    Compressor(Compressor&&) noexcept;
    Compressor& operator=(Compressor&&) noexcept;

    // Appends one member that holds `piece` (or `piece` itself with Codec::off).
    void append(std::string_view piece, std::string& out);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// All members of a gzip body into `out`, never more than `max_bytes` of it.
// Errors: full when it would grow over max_bytes; corrupt when it is no gzip or ends early.
Result<void> inflate_gzip(std::string_view body, std::size_t max_bytes, std::string& out);

// A whole stored object by its codec, as the lake's readers need it. Errors as above.
Result<std::string> decompress(Codec codec, std::string_view data, std::size_t max_bytes);

}  // namespace inlet
