// http_client.hpp - HTTP requests to services: the seam behind which libcurl lives, and alone.
// Threads:   a client belongs to one thread, except cancel().
// Ownership: bodies are the caller's and must stay until the call returns.
// Errors:    unavailable (refused, reset, no such host, TLS), timeout, full (a reply over
//            max_reply_bytes), stopping (cancelled). After any of them but a refused connection the
//            service may have carried the request out.
// Bounds:    connections are kept and used again; a reply is at most max_reply_bytes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace inlet::aws {

struct Header {
    std::string name;
    std::string value;
};

struct HttpRequest {
    std::string method = "GET";
    std::string url;  // absolute; path and query encoded as they go out
    std::vector<Header> headers = {};
    std::string_view body = {};
    std::int64_t connect_timeout_ms = 5'000;
    std::int64_t timeout_ms = 60'000;  // of the whole exchange
    std::size_t max_reply_bytes = 1 << 20;
};

struct HttpReply {
    int status = 0;
    std::vector<Header> headers = {};  // names in lower case
    std::string body = {};

    // Empty if there is none of this (lower-case) name.
    [[nodiscard]] std::string_view header(std::string_view name) const;
};

class HttpClient {
  public:
    virtual ~HttpClient() = default;

    // Sends them at the same time and returns when all have ended; replies in the order of the
    // requests. Any status is a reply, redirects are not followed.
    virtual std::vector<Result<HttpReply>> send_all(std::span<HttpRequest const> requests) = 0;
    // From any thread: what is under way and what comes later ends with `stopping`.
    virtual void cancel() = 0;

    Result<HttpReply> send(HttpRequest const& request);
};

struct HttpClientOptions {
    std::string ca_bundle = {};  // PEM file; empty: the system's
};

std::unique_ptr<HttpClient> make_http_client(HttpClientOptions const& options);

}  // namespace inlet::aws
