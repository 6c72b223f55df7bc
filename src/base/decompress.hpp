// decompress.hpp - reads compressed text of any length in bounded pieces (zlib, zstd).
// Members or frames one after the other are one text, as compress.hpp writes them and as gzip and
// zstd read them. One huge member, as Amazon Data Firehose writes it, costs no more memory.
// Threads: one.
// Errors:  corrupt (not this format, a wrong checksum, or it ends early), and what `take` returns.
// Bounds:  64 KiB of output at a time (with Codec::off what was fed); zstd windows of at most
//          128 MiB, its own default limit.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "base/compress.hpp"
#include "base/error.hpp"

namespace inlet {

class Decompressor {
  public:
    // Called with one piece after the other; an error stops the reading and is handed on.
    using Take = std::function<Result<void>(std::string_view piece)>;

    explicit Decompressor(Codec codec);
    ~Decompressor();
    Decompressor(Decompressor&&) noexcept;
    Decompressor& operator=(Decompressor&&) noexcept;

    // The next bytes of the compressed text.
    Result<void> feed(std::string_view bytes, Take const& take);
    // There are no more bytes: an error unless they ended where a member ends.
    Result<void> finish();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace inlet
