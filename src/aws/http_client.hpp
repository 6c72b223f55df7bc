// http_client.hpp - HTTP requests to services: the seam behind which libcurl lives, and alone.
// Threads:   a client belongs to one thread, except cancel().
// Ownership: bodies are the caller's and must stay until the call returns.
// Errors:    unavailable (refused, reset, no such host, TLS), timeout, full (a reply over
//            max_reply_bytes), stopping (cancelled), invalid (a URL or header that cannot be sent, a CA
//            bundle that cannot be read). may_have_arrived() tells whether the service may have
//            carried the request out.
// Bounds:    connections are kept and used again, at most kMaxIdleConnections; a reply is at most
//            max_reply_bytes, its headers at most kMaxHeaderBytes. A request with a body is sent
//            once; one without may be repeated if a kept connection ends before the reply.
// Signals:   SIGPIPE must be ignored or blocked; OpenSSL writes without MSG_NOSIGNAL.
// Security:  certificates and names are always checked, TLS is at least 1.2. Proxies are those of the
//            environment (https_proxy, no_proxy), never for loopback and link-local addresses.
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

inline constexpr long kMaxIdleConnections = 32;
inline constexpr std::size_t kMaxHeaderBytes = 64 * 1024;

struct HttpRequest {
    std::string method = "GET";
    std::string url;  // absolute; path and query encoded as they go out
    std::vector<Header> headers = {};
    std::string_view body = {};
    std::int64_t connect_timeout_ms = 5'000;
    std::int64_t timeout_ms = 60'000;  // of the whole exchange
    std::size_t max_reply_bytes = 1 << 20;
    std::int64_t stall_timeout_ms = 60'000;  // without a byte in either direction; whole seconds
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

// False: it is certain that the request did not reach the service (refused, no such host, TLS not agreed
// on). REQUIRES: an error of an HttpClient. Such errors have a sys_errno, the others have none.
bool may_have_arrived(Error const& error);

struct HttpClientOptions {
    std::string ca_bundle = {};  // PEM file; empty: the system's
};

std::unique_ptr<HttpClient> make_http_client(HttpClientOptions const& options);

}  // namespace inlet::aws
