// message.hpp - what the HTTP layer hands to a handler, and what it takes back.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/ip_address.hpp"

namespace inlet::http {

// Readable bytes, of any content, behind every body: its parser reads ahead.
inline constexpr std::size_t kBodyPadding = 64;

enum class Method : std::uint8_t { get, head, post, options, other };

struct Header {
    std::string_view name;   // as sent
    std::string_view value;  // without surrounding white space
};

// One whole request. Every view is valid until the handler returns from handle().
struct Request {
    Method method = Method::other;
    std::string_view method_text;
    std::string_view target;  // as sent: path and query
    std::string_view path;    // target up to '?', not decoded
    std::string_view query;   // behind '?', empty if none
    std::span<Header const> headers;
    // Of those that every request to the API is asked for, found while parsing; empty if absent.
    std::string_view content_type;
    std::string_view content_encoding;
    std::string_view origin;
    std::string_view authorization;
    std::string_view write_key;  // X-Write-Key
    std::string_view body;       // de-chunked, still compressed; kBodyPadding readable bytes follow
    bool has_body_framing = false;  // Content-Length or Transfer-Encoding was sent
    bool secure = false;            // came over TLS
    // The other side of the connection, or what a trusted proxy says of it (Options).
    IpAddress client;
    std::int64_t unix_ms = 0;  // wall clock when the thread turned to it

    // The first header of that name (any case), or an empty view. Names that may decide how a
    // message is read (Host, Content-Length, Transfer-Encoding, Content-Type, Content-Encoding) are
    // never repeated, nor are Authorization and X-Write-Key: the session has refused such a request.
    [[nodiscard]] std::string_view header(std::string_view name) const;
};

// A reply. The session adds Date, Content-Length, Connection and the security headers that every
// reply has.
struct Response {
    unsigned status = 200;
    std::string_view content_type = {};   // empty: no Content-Type
    std::string_view body = {};           // copied by respond()
    std::string_view extra_headers = {};  // further whole lines, each ending in CRLF
    bool close = false;                   // close the connection behind this reply
};

// "Not Found" for 404.
std::string_view reason_phrase(unsigned status);

// What a handler keeps for one connection, e.g. the Waiter of the request that is under way.
class Context {
  public:
    virtual ~Context() = default;
};

// One request being answered. It is handled on the io thread of its connection, and respond() must
// be called there exactly once: within handle(), or later. Until then the Exchange stays alive,
// even if the client goes away, and no further request of this connection is handled.
class Exchange {
  public:
    virtual void respond(Response const& response) = 0;
    // Empty at first; lives as long as the connection.
    std::unique_ptr<Context> context;

  protected:
    ~Exchange() = default;
};

class Handler {
  public:
    virtual ~Handler() = default;
    virtual void handle(Request const& request, Exchange& exchange) = 0;
    // A request that the session itself refuses (400, 408, 411, 413, 414, 431, 503 ...) gets the
    // handler's body for that status, so that all errors look alike. `detail` is plain text for a
    // person. `request` may be incomplete. Calls exchange.respond() before it returns.
    virtual void refuse(unsigned status, std::string_view detail, Exchange& exchange) = 0;
    // Called when the io thread has handled what was there to handle, before it waits for more: what
    // handle() has gathered goes on its way now. Does not respond() by itself: Executor::post() does.
    virtual void turn_over() {}
};

}  // namespace inlet::http
