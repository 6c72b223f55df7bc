#include "base/decompress.hpp"

#include <array>

#include <zlib.h>
#include <zstd.h>

#include "base/check.hpp"

namespace inlet {
namespace {

constexpr std::size_t kPieceBytes = 64 * 1024;

// zlib's windowBits: 15 for the largest window, 16 more for the gzip format instead of its own.
constexpr int kGzipWindowBits = 15 + 16;

// zlib counts input in 32 bits.
constexpr std::size_t kMaxFeed = 1U << 30;

class GzipReader {
  public:
    GzipReader() { CHECK(inflateInit2(&stream_, kGzipWindowBits) == Z_OK); }
    ~GzipReader() { inflateEnd(&stream_); }
    GzipReader(GzipReader const&) = delete;
    GzipReader& operator=(GzipReader const&) = delete;

    Result<void> feed(std::string_view bytes, Decompressor::Take const& take) {
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        bool more_output = false;
        while (stream_.avail_in > 0 || more_output) {
            if (at_boundary_) CHECK(inflateReset(&stream_) == Z_OK);
            at_boundary_ = false;
            stream_.next_out = piece_.data();
            stream_.avail_out = static_cast<uInt>(piece_.size());
            int const result = inflate(&stream_, Z_NO_FLUSH);
            // Z_BUF_ERROR: nothing could be done, because it had given all output already.
            if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
                return fail(Errc::corrupt, "gzip");
            }
            auto const made = piece_.size() - stream_.avail_out;
            if (made > 0) {
                TRY(take({reinterpret_cast<char const*>(piece_.data()), made}));
            }
            at_boundary_ = result == Z_STREAM_END;
            more_output = !at_boundary_ && stream_.avail_out == 0;
        }
        return success();
    }

    [[nodiscard]] bool at_end() const { return at_boundary_; }

  private:
    z_stream stream_ = {};
    std::array<Bytef, kPieceBytes> piece_;
    bool at_boundary_ = false;
};

class ZstdReader {
  public:
    ZstdReader() { CHECK(context_ != nullptr); }
    ~ZstdReader() { ZSTD_freeDCtx(context_); }
    ZstdReader(ZstdReader const&) = delete;
    ZstdReader& operator=(ZstdReader const&) = delete;

    Result<void> feed(std::string_view bytes, Decompressor::Take const& take) {
        ZSTD_inBuffer in = {bytes.data(), bytes.size(), 0};
        bool more_output = false;
        while (in.pos < in.size || more_output) {
            ZSTD_outBuffer out = {piece_.data(), piece_.size(), 0};
            std::size_t const hint = ZSTD_decompressStream(context_, &out, &in);
            if (ZSTD_isError(hint) != 0) return fail(Errc::corrupt, "zstd");
            if (out.pos > 0) {
                TRY(take({piece_.data(), out.pos}));
            }
            at_boundary_ = hint == 0;
            more_output = !at_boundary_ && out.pos == out.size;
        }
        return success();
    }

    [[nodiscard]] bool at_end() const { return at_boundary_; }

  private:
    ZSTD_DCtx* context_ = ZSTD_createDCtx();
    std::array<char, kPieceBytes> piece_;
    bool at_boundary_ = false;
};

}  // namespace

struct Decompressor::Impl {
    std::unique_ptr<GzipReader> gzip;
    std::unique_ptr<ZstdReader> zstd;
};

Decompressor::Decompressor(Codec codec) : impl_(std::make_unique<Impl>()) {
    if (codec == Codec::gzip) impl_->gzip = std::make_unique<GzipReader>();
    if (codec == Codec::zstd) impl_->zstd = std::make_unique<ZstdReader>();
}

Decompressor::~Decompressor() = default;
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;

Result<void> Decompressor::feed(std::string_view bytes, Take const& take) {
    CHECK(bytes.size() <= kMaxFeed);
    if (bytes.empty()) return success();
    if (impl_->gzip) return impl_->gzip->feed(bytes, take);
    if (impl_->zstd) return impl_->zstd->feed(bytes, take);
    return take(bytes);
}

Result<void> Decompressor::finish() {
    if (impl_->gzip && !impl_->gzip->at_end()) return fail(Errc::corrupt, "gzip: ends early");
    if (impl_->zstd && !impl_->zstd->at_end()) return fail(Errc::corrupt, "zstd: ends early");
    return success();
}

}  // namespace inlet
