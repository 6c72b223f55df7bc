#include "http/reply.hpp"

#include <array>
#include <charconv>

#include "base/time.hpp"

namespace inlet::http {
namespace {

void append_number(std::string& out, std::uint64_t value) {
    std::array<char, 20> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

}  // namespace

// RFC 9110, 15, and RFC 6585 for 429 and 431.
std::string_view reason_phrase(unsigned status) {
    switch (status) {
        case 200:
            return "OK";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 301:
            return "Moved Permanently";
        case 302:
            return "Found";
        case 303:
            return "See Other";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 308:
            return "Permanent Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 406:
            return "Not Acceptable";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 411:
            return "Length Required";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 505:
            return "HTTP Version Not Supported";
        default:
            return "Status";
    }
}

std::string_view CommonHeaders::at(std::int64_t unix_ms, bool secure) {
    if (unix_ms / 1000 != second_) render(unix_ms);
    return secure ? secure_ : plain_;
}

void CommonHeaders::render(std::int64_t unix_ms) {
    second_ = unix_ms / 1000;
    plain_ = "Date: " + http_date(unix_ms) + "\r\nX-Content-Type-Options: nosniff\r\n";
    // Two years, the value that the Mozilla guidelines for HSTS give.
    secure_ = plain_ + "Strict-Transport-Security: max-age=63072000\r\n";
}

void append_reply(Response const& response, ReplyFraming framing, std::string_view common_headers,
                  std::string& out) {
    bool const may_have_body = response.status != 204 && response.status != 304;
    out += "HTTP/1.1 ";
    append_number(out, response.status);
    out += ' ';
    out += reason_phrase(response.status);
    out += "\r\n";
    out += common_headers;
    if (!response.content_type.empty()) {
        out += "Content-Type: ";
        out += response.content_type;
        out += "\r\n";
    }
    if (may_have_body) {
        out += "Content-Length: ";
        append_number(out, response.body.size());
        out += "\r\n";
    }
    if (framing.close)
        out += "Connection: close\r\n";
    else if (framing.say_keep_alive)
        out += "Connection: keep-alive\r\n";
    out += response.extra_headers;
    out += "\r\n";
    if (may_have_body && !framing.head_only) out += response.body;
}

}  // namespace inlet::http
