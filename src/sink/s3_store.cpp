#include "sink/s3_store.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.hpp"
#include "base/log.hpp"
#include "sink/object_key.hpp"

namespace inlet::sink {
namespace {

constexpr char const* kRowsHeader = "x-amz-meta-inlet-rows";
constexpr char const* kHashHeader = "x-amz-meta-inlet-sha256";

// The type is that of the rows. There is no Content-Encoding: a client that knows it would undo the
// compression behind the back of whoever then goes by the suffix, as Athena, Spark and DuckDB do.
constexpr char const* kContentType = "application/x-ndjson";

std::vector<aws::Header> describe(ObjectInfo const& info, S3Keeping const& keeping) {
    std::vector<aws::Header> headers = {{"content-type", kContentType},
                                        {kRowsHeader, std::to_string(info.rows)},
                                        {kHashHeader, info.sha256}};
    if (keeping.encryption != S3Encryption::bucket) {
        bool const kms = keeping.encryption == S3Encryption::kms;
        headers.push_back({"x-amz-server-side-encryption", kms ? "aws:kms" : "AES256"});
    }
    if (!keeping.kms_key_id.empty())
        headers.push_back({"x-amz-server-side-encryption-aws-kms-key-id", keeping.kms_key_id});
    if (!keeping.storage_class.empty())
        headers.push_back({"x-amz-storage-class", keeping.storage_class});
    return headers;
}

class BlockReader final : public ObjectReader {
  public:
    BlockReader(aws::S3Api& api, std::string key, std::uint64_t size)
        : api_(api), key_(std::move(key)), size_(size) {}

    [[nodiscard]] std::uint64_t size() const override { return size_; }

    Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override {
        std::size_t done = 0;
        while (done < out.size() && offset + done < size_) {
            auto const at = offset + done;
            bool const here = at >= block_start_ && at < block_start_ + block_.size();
            if (!here) {
                TRY(load(at));
            }
            auto const skip = static_cast<std::size_t>(at - block_start_);
            auto const n = std::min(out.size() - done, block_.size() - skip);
            std::memcpy(out.data() + done, block_.data() + skip, n);
            done += n;
        }
        return done;
    }

  private:
    Result<void> load(std::uint64_t from) {
        auto const size =
            static_cast<std::size_t>(std::min<std::uint64_t>(kReadAheadBytes, size_ - from));
        block_.clear();
        TRY(block_, api_.get_range(key_, from, size));
        block_start_ = from;
        return success();
    }

    aws::S3Api& api_;
    std::string key_;
    std::uint64_t size_;
    std::string block_;
    std::uint64_t block_start_ = 0;
};

// Becomes one PutObject, or, if the info is known and there is more than a part, an upload of parts.
class S3Writer final : public ObjectWriter {
  public:
    S3Writer(aws::S3Api& api, std::string key, std::optional<ObjectInfo> known,
             S3Keeping const& keeping)
        : api_(api), key_(std::move(key)), known_(std::move(known)), keeping_(keeping) {}

    ~S3Writer() override {
        if (upload_id_.empty()) return;
        // What cannot be removed now is the bucket's business: its rule for incomplete uploads.
        auto const aborted = api_.abort_multipart(key_, upload_id_);
        if (aborted) return;
        log::warn("an incomplete upload is left in the bucket",
                  {{"key", key_}, {"reason", aborted.error().message()}});
    }
    S3Writer(S3Writer const&) = delete;
    S3Writer& operator=(S3Writer const&) = delete;

    Result<void> append(std::string_view bytes) override {
        if (!known_) {
            buffer_ += bytes;
            return success();
        }
        while (!bytes.empty()) {
            // A part goes when more follows: the last one may have any size, but not none.
            if (buffer_.size() == aws::kMinPartBytes) {
                TRY(upload_part());
            }
            if (buffer_.empty()) buffer_.reserve(aws::kMinPartBytes);
            auto const n = std::min(bytes.size(), aws::kMinPartBytes - buffer_.size());
            buffer_ += bytes.substr(0, n);
            bytes.remove_prefix(n);
        }
        return success();
    }

    Result<PutResult> finish(ObjectInfo const& info) override {
        CHECK(!known_ || *known_ == info);
        TRY(auto const written, write_last(info));
        if (written == aws::S3Api::Written::created) return PutResult::created;
        TRY(compare(info));
        return PutResult::already_there;
    }

  private:
    using Written = aws::S3Api::Written;

    Result<void> upload_part() {
        if (upload_id_.empty()) {
            TRY(upload_id_, api_.create_multipart(key_, describe(*known_, keeping_)));
        }
        auto const number = static_cast<int>(parts_.size()) + 1;
        TRY(auto part, api_.upload_part(key_, upload_id_, number, buffer_));
        parts_.push_back(std::move(part));
        buffer_.clear();
        return success();
    }

    Result<Written> write_last(ObjectInfo const& info) {
        if (upload_id_.empty()) return api_.put_object(key_, buffer_, describe(info, keeping_));
        TRY(upload_part());
        TRY(auto const written, api_.complete_multipart(key_, upload_id_, parts_));
        if (written == Written::created) upload_id_.clear();
        return written;
    }

    // Somebody has the key: an earlier attempt of ours, or nobody knows who.
    Result<void> compare(ObjectInfo const& info) {
        TRY(auto const head, api_.head_object(key_));
        if (!head) return fail(Errc::unavailable, key_ + ": was there, and is not");
        auto const rows = parse_number(head->header(kRowsHeader));
        if (rows == info.rows && head->header(kHashHeader) == info.sha256) return success();
        return fail(Errc::corrupt, key_ + ": exists and holds other rows");
    }

    aws::S3Api& api_;
    std::string key_;
    std::optional<ObjectInfo> known_;
    S3Keeping const& keeping_;
    std::string buffer_;
    std::string upload_id_;  // of an upload that is neither completed nor given up
    std::vector<aws::S3Part> parts_;
};

}  // namespace

S3Store::S3Store(aws::Client& client, S3Place place, bool path_style, S3Keeping keeping,
                 std::uint64_t max_put_bytes)
    : api_(client, {place.bucket, path_style}),
      place_(std::move(place)),
      keeping_(std::move(keeping)),
      max_put_bytes_(max_put_bytes) {}

Result<std::unique_ptr<ObjectWriter>> S3Store::create(std::string const& key,
                                                      std::optional<ObjectInfo> const& known) {
    return std::unique_ptr<ObjectWriter>(
        std::make_unique<S3Writer>(api_, place_.prefix + key, known, keeping_));
}

Result<std::unique_ptr<ObjectReader>> S3Store::open(std::string const& key) {
    auto full_key = place_.prefix + key;
    TRY(auto const head, api_.head_object(full_key));
    if (!head) return fail(Errc::not_found, "s3://" + place_.bucket + "/" + full_key);
    auto const size = parse_number(head->header("content-length"));
    if (!size) return fail(Errc::unavailable, full_key + ": its size is not told");
    return std::unique_ptr<ObjectReader>(
        std::make_unique<BlockReader>(api_, std::move(full_key), *size));
}

Result<void> S3Store::list(std::string_view prefix, std::function<void(ObjectEntry)> const& take) {
    auto const full_prefix = place_.prefix + std::string(prefix);
    std::string token;
    do {
        TRY(auto page, api_.list_objects(full_prefix, token));
        for (auto& object : page.objects) {
            bool const is_below = object.key.starts_with(full_prefix);
            bool const is_folder = object.key.ends_with('/') && object.bytes == 0;
            if (!is_below || is_folder) continue;
            take({object.key.substr(place_.prefix.size()), object.bytes});
        }
        token = std::move(page.next);
    } while (!token.empty());
    return success();
}

}  // namespace inlet::sink
