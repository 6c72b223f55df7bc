// s3_api.hpp - the operations of Amazon S3 that a store of write-once objects needs, on one bucket.
// Threads:   one. Ownership: the client must outlive it.
// Errors:    with operation, place and the service's own words in the context. unavailable, timeout,
//            overloaded, stopping (try again later); rejected (bucket, right, key, region: somebody
//            must act; the context names the right that is missing).
// Bounds:    a reply is at most what was asked for, or kMaxListReply.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/client.hpp"
#include "base/error.hpp"

namespace inlet::aws {

// Amazon S3 User Guide, "Amazon S3 multipart upload limits".
inline constexpr std::size_t kMinPartBytes = 5 << 20;
inline constexpr int kMaxParts = 10'000;

struct S3Bucket {
    std::string name;
    bool path_style = false;  // https://host/bucket/key instead of https://bucket.host/key
};

struct S3Part {
    int number;  // from 1
    std::string etag;
    std::string checksum;  // CRC-32C in base64
};

struct S3Object {
    std::string key;
    std::uint64_t bytes = 0;
};

struct S3Page {
    std::vector<S3Object> objects;
    std::string next;  // token of the next page; empty: this was the last
};

class S3Api {
  public:
    S3Api(Client& client, S3Bucket bucket);

    // Of a conditional write. Nothing is ever overwritten.
    enum class Written : std::uint8_t { created, key_taken };

    // `headers` say what the object is: type, metadata, encryption, class.
    Result<Written> put_object(std::string const& key, std::string_view body,
                               std::vector<Header> headers);
    // The reply with its headers; nothing if there is no such object.
    Result<std::optional<HttpReply>> head_object(std::string const& key);
    // REQUIRES: size > 0, and the object has that range.
    Result<std::string> get_range(std::string const& key, std::uint64_t offset, std::size_t size);
    // `token`: S3Page::next of the page before; empty: the first.
    Result<S3Page> list_objects(std::string const& prefix, std::string const& token);

    // The id of the upload.
    Result<std::string> create_multipart(std::string const& key, std::vector<Header> headers);
    // Tries again at once after a fault of network or service: a part may be sent any number of
    // times, and beginning anew costs all the parts before it.
    Result<S3Part> upload_part(std::string const& key, std::string const& upload_id, int number,
                               std::string_view body);
    Result<Written> complete_multipart(std::string const& key, std::string const& upload_id,
                                       std::vector<S3Part> const& parts);
    Result<void> abort_multipart(std::string const& key, std::string const& upload_id);

    // Calls so far.
    [[nodiscard]] std::uint64_t requests() const { return requests_; }

  private:
    struct Operation {
        std::string_view name;   // "PutObject"
        std::string_view right;  // "s3:PutObject"
        std::string_view key;    // empty: of the bucket
    };

    [[nodiscard]] Call call_for(std::string method, std::string_view key) const;
    Outcome send(Call const& call);
    [[nodiscard]] Error failed(Operation const& what, Failure failure) const;
    // 2xx and nothing else.
    Result<HttpReply> ask(Operation const& what, Call const& call, int attempts = 1);
    // Written::key_taken for 412.
    Result<std::pair<Written, HttpReply>> write(Operation const& what, Call const& call);
    [[nodiscard]] Error unreadable(Operation const& what) const;

    Client& client_;
    S3Bucket bucket_;
    std::uint64_t requests_ = 0;
};

}  // namespace inlet::aws
