// instance_metadata.hpp - what an EC2 instance is told about itself (IMDS): over version 2, which wants a token, or over
// version 1 where the token cannot be had.
// Threads: one.
// Errors:  invalid (a setting; a reply that is none), not_found (404), rejected (other statuses),
//          unavailable, timeout, stopping.
// Bounds:  a time-out and a number of attempts for each request: 1 s and one, as botocore; a reply of 64 KiB.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "aws/http_client.hpp"
#include "aws/settings.hpp"
#include "base/error.hpp"

namespace inlet::aws {

struct MetadataOptions {
    bool disabled = false;     // AWS_EC2_METADATA_DISABLED
    bool v1_disabled = false;  // AWS_EC2_METADATA_V1_DISABLED
    // AWS_EC2_METADATA_SERVICE_ENDPOINT, or by ..._ENDPOINT_MODE: "IPv4" or "IPv6"
    std::string endpoint = "http://169.254.169.254";
    std::int64_t timeout_ms = 1'000;  // AWS_METADATA_SERVICE_TIMEOUT, in seconds
    int attempts = 1;                 // AWS_METADATA_SERVICE_NUM_ATTEMPTS

    // Errors: invalid.
    static Result<MetadataOptions> load(Environment const& environment);
};

class InstanceMetadata {
  public:
    InstanceMetadata(HttpClient& http, MetadataOptions options)
        : http_(http), options_(std::move(options)) {}

    // "/latest/meta-data/..." -> its text. Takes a token first if it has none.
    Result<std::string> get(std::string const& path);

  private:
    Result<void> take_token();
    Result<HttpReply> ask(HttpRequest const& request);
    [[nodiscard]] HttpRequest request(std::string const& path) const;

    HttpClient& http_;
    MetadataOptions options_;
    bool asked_ = false;
    std::string token_ = {};  // empty: version 1
};

// The region of this instance. Errors: as above; not_found also if instance metadata is disabled.
Result<std::string> instance_region(HttpClient& http, Environment const& environment);
// "i-0123456789abcdef0". Errors: the same.
Result<std::string> instance_id(HttpClient& http, Environment const& environment);

}  // namespace inlet::aws
