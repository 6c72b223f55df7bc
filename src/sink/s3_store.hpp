// s3_store.hpp - objects in an S3 bucket, below a prefix.
// Publish:   PutObject or CompleteMultipartUpload with If-None-Match: *. What stands there already is
//            never replaced; whether it is the same tells the metadata of the object:
//            x-amz-meta-inlet-rows and x-amz-meta-inlet-sha256 (of the rows, uncompressed, in hex).
// Threads:   one per store.
// Ownership: what is passed by reference must outlive it.
// Errors:    as object_store.hpp and aws/s3_api.hpp say.
// Bounds:    a writer that does not know its info keeps all it is given, at most kMaxPutBytes and a
//            piece for all of a plan (object_set.hpp); one that does keeps a part of kMinPartBytes.
//            A reader keeps one block of kReadAheadBytes.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "aws/s3_api.hpp"
#include "sink/object_store.hpp"
#include "sink/s3.hpp"
#include "sink/s3_place.hpp"

namespace inlet::sink {

// What is compressed together in memory before parts are uploaded instead.
inline constexpr std::uint64_t kMaxPutBytes = 16 << 20;
// Every request costs time and money; rows are read from front to back.
inline constexpr std::size_t kReadAheadBytes = 8 << 20;

// How new objects are kept; "" leaves it to the bucket.
struct S3Keeping {
    S3Encryption encryption = S3Encryption::bucket;
    std::string kms_key_id = {};
    std::string storage_class = {};
};

class S3Store final : public ObjectStore {
  public:
    S3Store(aws::Client& client, S3Place place, bool path_style, S3Keeping keeping,
            std::uint64_t max_put_bytes = kMaxPutBytes);

    [[nodiscard]] std::optional<std::uint64_t> max_buffered() const override {
        return max_put_bytes_;
    }
    Result<std::unique_ptr<ObjectWriter>> create(std::string const& key,
                                                 std::optional<ObjectInfo> const& known) override;
    Result<std::unique_ptr<ObjectReader>> open(std::string const& key) override;
    // Without the empty objects that stand for folders in the AWS console.
    Result<void> list(std::string_view prefix,
                      std::function<void(ObjectEntry)> const& take) override;
    [[nodiscard]] std::uint64_t requests() const override { return api_.requests(); }

  private:
    aws::S3Api api_;
    S3Place place_;
    S3Keeping keeping_;
    std::uint64_t max_put_bytes_;
};

}  // namespace inlet::sink
