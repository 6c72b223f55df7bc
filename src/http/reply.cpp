#include "http/reply.hpp"

#include <array>
#include <charconv>
#include <utility>

#include "base/time.hpp"

namespace inlet::http {
namespace {

// RFC 9110, 15, and RFC 6585 for 429 and 431. The most frequent one first.
constexpr std::pair<unsigned, std::string_view> kReasonPhrases[] = {
    {200, "OK"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

void append_number(std::string& out, std::uint64_t value) {
    std::array<char, 20> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

}  // namespace

std::string_view reason_phrase(unsigned status) {
    for (auto const& [known, phrase] : kReasonPhrases) {
        if (known == status) return phrase;
    }
    return "Status";
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
