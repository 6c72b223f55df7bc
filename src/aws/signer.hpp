// signer.hpp - AWS Signature Version 4 of a request, in its headers.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
// Threads: sign() any; a Signer one.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/credentials.hpp"
#include "aws/http_client.hpp"

namespace inlet::aws {

// A request as it goes out.
struct Unsigned {
    std::string_view method;
    std::string_view host;            // with its port, as in the Host header
    std::string_view path;            // encoded
    std::string_view query;           // encoded
    std::span<Header const> headers;  // without host; all of them are signed
    std::string_view body_sha256;     // in hex
};

struct Scope {
    std::string region;
    std::string service;  // "s3" has rules of its own
};

using SigningKey = std::array<unsigned char, 32>;

// `date` is "20261122".
SigningKey signing_key(std::string_view secret, std::string_view date, Scope const& scope);

// What is hashed first; for tests and for the curious. `headers` with host and all of x-amz-*.
std::string canonical_request(Unsigned const& request, std::span<Header const> headers,
                              Scope const& scope);

// The headers to add: x-amz-date, x-amz-content-sha256 (S3), x-amz-security-token (temporary
// credentials), authorization.
std::vector<Header> sign(Unsigned const& request, Credentials const& credentials,
                         Scope const& scope, std::int64_t unix_ms);

// The same, with the key of the day kept: a key is good for one date, region, service and secret.
class Signer {
  public:
    explicit Signer(Scope scope) : scope_(std::move(scope)) {}

    std::vector<Header> sign(Unsigned const& request, Credentials const& credentials,
                             std::int64_t unix_ms);

  private:
    Scope scope_;
    std::string key_date_;
    std::string key_secret_;
    SigningKey key_ = {};
};

}  // namespace inlet::aws
