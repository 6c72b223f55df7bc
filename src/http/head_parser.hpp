// head_parser.hpp - a complete head becomes a Request and the rules for reading its body. Beast
// reads the grammar; on top of it stand the rules that keep two readers of the same bytes from
// seeing different messages (request smuggling): RFC 9112, 2.2, 3.2, 5, 6.
// Ownership:  the views of the result point into the head that was parsed.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "http/message.hpp"
#include "http/refusal.hpp"
#include "http/server.hpp"

namespace inlet::http {

// Reused from request to request, so that its storage is allocated once.
struct Head {
    Request request;  // without body, secure and client
    std::vector<Header> headers;
    std::uint64_t content_length = 0;
    bool chunked = false;
    bool http_1_0 = false;
    bool keep_alive = false;
    bool expects_continue = false;
    bool forwarded = false;  // X-Forwarded-For is among the headers
};

// `head` ends with its empty line, as HeadScanner found it. On a refusal `out` is incomplete.
Refusal parse_head(std::string_view head, Limits const& limits, Head& out);

}  // namespace inlet::http
