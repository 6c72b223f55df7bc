// reply.hpp - writes the bytes of a reply.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/message.hpp"

namespace inlet::http {

// What the request before it says about how a reply is written.
struct ReplyFraming {
    bool head_only = false;       // HEAD: everything but the body
    bool close = false;           // Connection: close
    bool say_keep_alive = false;  // an HTTP/1.0 client that asked for it wants to read it
};

// The header lines that every reply of an io thread has, kept for a second: Date and the security
// headers.
class CommonHeaders {
  public:
    std::string_view at(std::int64_t unix_ms, bool secure);

  private:
    void render(std::int64_t unix_ms);

    std::int64_t second_ = -1;
    std::string plain_;
    std::string secure_;
};

void append_reply(Response const& response, ReplyFraming framing, std::string_view common_headers,
                  std::string& out);

}  // namespace inlet::http
