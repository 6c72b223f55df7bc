// s3.hpp - the lake in Amazon S3: rows as compressed objects in a bucket, each exactly once.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "aws/http_client.hpp"
#include "aws/settings.hpp"
#include "base/clock.hpp"
#include "base/compress.hpp"
#include "base/error.hpp"
#include "sink/sink.hpp"

namespace inlet::sink {

enum class S3Encryption : std::uint8_t { bucket, aes256, kms };  // bucket: as it is set up
enum class S3PathStyle : std::uint8_t { automatic, on, off };

struct S3Options {
    bool enabled = false;
    std::string bucket = {};
    std::string prefix = {};
    // An object is published when its first row is this old, or when it holds this many bytes of rows.
    std::int64_t roll_ms = 60'000;
    std::uint64_t roll_bytes = 64 << 20;
    Codec compression = Codec::gzip;
    S3Encryption encryption = S3Encryption::bucket;
    std::string kms_key_id = {};
    std::string storage_class = {};
    // automatic: with an endpoint of one's own, and where the bucket's name has a dot, which no
    // certificate of *.s3.amazonaws.com covers.
    S3PathStyle path_style = S3PathStyle::automatic;
};

// Whether requests name the bucket in their path instead of the host.
bool use_path_style(S3PathStyle choice, std::string_view bucket, bool own_endpoint);

// The sink named "s3". Sends nothing. `credentials` and `clock` must outlive it.
// Errors: invalid: no place (bucket, prefix), no region.
Result<std::unique_ptr<Sink>> make_s3(S3Options const& options, aws::Settings const& settings,
                                      aws::CredentialSource& credentials, Clock& clock);

// The same over any transport. `own_endpoint`: the service is at a URL that somebody configured.
struct S3Access {
    aws::Service service;
    bool own_endpoint = false;
    std::unique_ptr<aws::HttpClient> http;
};
// Errors: invalid: no region and no URL.
Result<S3Access> resolve_s3(aws::Settings const& settings);
Result<std::unique_ptr<Sink>> make_s3(S3Options const& options, S3Access access,
                                      aws::CredentialSource& credentials, Clock& clock);

}  // namespace inlet::sink
