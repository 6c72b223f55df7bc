#include "http/head_parser.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "http/text.hpp"

namespace inlet::http {
namespace {

namespace beast = boost::beast;
using Field = beast::http::field;

// Headers that must not be repeated, because they decide how the message is read, or who sent it.
constexpr unsigned kHost = 1;
constexpr unsigned kContentLength = 2;
constexpr unsigned kTransferEncoding = 4;
constexpr unsigned kContentType = 8;
constexpr unsigned kContentEncoding = 16;
constexpr unsigned kExpect = 32;
constexpr unsigned kAuthorization = 64;
constexpr unsigned kWriteKey = 128;

unsigned once_bit(Field field) {
    switch (field) {
        case Field::host:
            return kHost;
        case Field::content_length:
            return kContentLength;
        case Field::transfer_encoding:
            return kTransferEncoding;
        case Field::content_type:
            return kContentType;
        case Field::content_encoding:
            return kContentEncoding;
        case Field::expect:
            return kExpect;
        case Field::authorization:
            return kAuthorization;
        default:
            return 0;
    }
}

Method to_method(beast::http::verb verb) {
    switch (verb) {
        case beast::http::verb::get:
            return Method::get;
        case beast::http::verb::head:
            return Method::head;
        case beast::http::verb::post:
            return Method::post;
        case beast::http::verb::options:
            return Method::options;
        default:
            return Method::other;
    }
}

// uri-host [":" port] of RFC 9110, 7.2, loosely: what could never be part of a name is refused.
// Empty is right for a client whose target names no host.
bool is_sane_host(std::string_view host) {
    for (char const c : host) {
        bool const sane = is_digit(c) || (to_lower(c) >= 'a' && to_lower(c) <= 'z') ||
                          std::string_view("-._~%!$&'()*+;=:[]").find(c) != std::string_view::npos;
        if (!sane) return false;
    }
    return true;
}

// Content-Length = 1*DIGIT; a list, a sign or white space inside is refused. At most 18 digits: no
// overflow.
std::optional<std::uint64_t> parse_length(std::string_view text) {
    if (text.empty() || text.size() > 18) return {};
    std::uint64_t value = 0;
    auto const* end = text.data() + text.size();
    auto const [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{} || rest != end) return {};
    return value;
}

bool starts_with_scheme(std::string_view target, std::string_view scheme) {
    return target.size() > scheme.size() &&
           equal_ignoring_case(target.substr(0, scheme.size()), scheme);
}

// Fills path and query. RFC 9112, 3.2: origin-form, absolute-form, or "*" for OPTIONS.
bool split_target(Request& request) {
    std::string_view rest = request.target;
    // Fragments stay with the client, and a URI is ASCII (RFC 3986, 2): other bytes are encoded in different ways.
    auto const is_foreign = [](char c) { return c == '#' || static_cast<signed char>(c) < 0; };
    if (std::any_of(rest.begin(), rest.end(), is_foreign)) return false;
    if (rest == "*") {
        request.path = rest;
        return request.method == Method::options;
    }
    for (std::string_view const scheme : {"http://", "https://"}) {
        if (!starts_with_scheme(rest, scheme)) continue;
        rest.remove_prefix(scheme.size());
        auto const authority = rest.substr(0, rest.find_first_of("/?"));
        if (authority.empty() || !is_sane_host(authority)) return false;
        rest.remove_prefix(authority.size());
        if (rest.empty() || rest.front() == '?') {  // RFC 9112, 3.2.2: an empty path means "/"
            request.path = "/";
            if (!rest.empty()) request.query = rest.substr(1);
            return true;
        }
        break;
    }
    auto const question = rest.find('?');
    request.path = rest.substr(0, question);
    if (question != std::string_view::npos) request.query = rest.substr(question + 1);
    return !request.path.empty() && request.path.front() == '/';
}

bool is_version(std::string_view text) {
    return text.size() == 8 && text.starts_with("HTTP/") && is_digit(text[5]) && text[6] == '.' &&
           is_digit(text[7]);
}

class Parser final : public beast::http::basic_parser<true> {
  public:
    Parser(Limits const& limits, Head& out) : limits_(limits), out_(out) {}

    Refusal run(std::string_view head) {
        header_limit(static_cast<std::uint32_t>(head.size() + 1));
        body_limit(boost::none);  // the session compares content_length itself
        beast::error_code error;
        put(boost::asio::const_buffer(head.data(), head.size()), error);
        if (refusal_) return refusal_;
        if (error == beast::http::error::bad_version) return bad_version(head);
        if (error) return {400, "malformed request line or header"};
        return check_whole();
    }

  private:
    using string_view = beast::string_view;

    static std::string_view std_view(string_view text) { return {text.data(), text.size()}; }

    void refuse(unsigned status, std::string_view detail, beast::error_code& error) {
        refusal_ = {status, detail};
        error = beast::http::error::bad_field;
    }

    // 505 if it is written as a version, and is not the preface of HTTP/2 (RFC 9113, 3.4).
    static Refusal bad_version(std::string_view head) {
        auto const line = head.substr(0, head.find("\r\n"));
        auto const version = line.substr(line.rfind(' ') + 1);
        bool const is_known = version == "HTTP/1.0" || version == "HTTP/1.1";
        if (is_known || !is_version(version) || line.starts_with("PRI ")) {
            return {400, "malformed request line"};
        }
        return {505, "only HTTP/1.0 and HTTP/1.1 are understood"};
    }

    void on_request_impl(beast::http::verb method, string_view method_text, string_view target,
                         int version, beast::error_code& error) override {
        Request& request = out_.request;
        request.method = to_method(method);
        request.method_text = std_view(method_text);
        request.target = std_view(target);
        out_.http_1_0 = version == 10;
        if (target.size() > limits_.max_target_bytes) {
            return refuse(414, "request target too long", error);
        }
        if (!split_target(request)) refuse(400, "malformed request target", error);
    }

    void on_field_impl(Field field, string_view name, string_view value,
                       beast::error_code& error) override {
        if (out_.headers.size() >= limits_.max_headers)
            return refuse(431, "too many headers", error);
        out_.headers.push_back({std_view(name), std_view(value)});
        if (field == Field::origin && out_.request.origin.empty()) {
            out_.request.origin = std_view(value);
        }
        if (field == Field::unknown) return take_unknown(std_view(name), std_view(value), error);
        unsigned const bit = once_bit(field);
        if (bit == 0 || is_repeated(bit, error)) return;
        take_special(field, std_view(value), error);
    }

    bool is_repeated(unsigned bit, beast::error_code& error) {
        if ((seen_ & bit) != 0) {
            refuse(400, "header must not be repeated", error);
            return true;
        }
        seen_ |= bit;
        return false;
    }

    // Those that Beast has no number for.
    void take_unknown(std::string_view name, std::string_view value, beast::error_code& error) {
        if (equal_ignoring_case(name, "X-Forwarded-For")) {
            out_.forwarded = true;
        } else if (equal_ignoring_case(name, "X-Write-Key") && !is_repeated(kWriteKey, error)) {
            out_.request.write_key = value;
        }
    }

    void take_special(Field field, std::string_view value, beast::error_code& error) {
        if (field == Field::content_type) {
            out_.request.content_type = value;
        } else if (field == Field::content_encoding) {
            out_.request.content_encoding = value;
        } else if (field == Field::authorization) {
            out_.request.authorization = value;
        } else if (field == Field::host) {
            if (!is_sane_host(value)) refuse(400, "malformed Host", error);
        } else if (field == Field::content_length) {
            auto const length = parse_length(value);
            if (!length) return refuse(400, "malformed Content-Length", error);
            out_.content_length = *length;
        } else if (field == Field::transfer_encoding) {
            if (!equal_ignoring_case(value, "chunked")) {
                return refuse(400, "Transfer-Encoding other than chunked", error);
            }
            out_.chunked = true;
        } else if (field == Field::expect) {
            if (!equal_ignoring_case(value, "100-continue")) {
                return refuse(417, "unknown expectation", error);
            }
            out_.expects_continue = true;
        }
    }

    // What only all headers together can tell.
    Refusal check_whole() {
        bool const has_length = (seen_ & kContentLength) != 0;
        if (has_length && out_.chunked) {
            return {400, "Content-Length together with Transfer-Encoding"};
        }
        if (out_.http_1_0 && out_.chunked) return {400, "Transfer-Encoding in HTTP/1.0"};
        if (!out_.http_1_0 && (seen_ & kHost) == 0) return {400, "Host is missing"};
        if (out_.request.method == Method::post && !has_length && !out_.chunked) {
            return {411, "POST needs Content-Length or chunked Transfer-Encoding"};
        }
        if (out_.content_length > limits_.max_body_bytes) return {413, "body too large"};
        out_.request.has_body_framing = has_length || out_.chunked;
        out_.request.headers = out_.headers;
        out_.keep_alive = keep_alive();
        if (out_.http_1_0) out_.expects_continue = false;  // RFC 9110, 10.1.1
        return {};
    }

    // Nothing behind the head is given to this parser.
    void on_response_impl(int, string_view, int, beast::error_code&) override {}
    void on_header_impl(beast::error_code&) override {}
    void on_body_init_impl(boost::optional<std::uint64_t> const&, beast::error_code&) override {}
    std::size_t on_body_impl(string_view, beast::error_code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, string_view, beast::error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view, beast::error_code&) override {
        return 0;
    }
    void on_finish_impl(beast::error_code&) override {}

    Limits const& limits_;
    Head& out_;
    unsigned seen_ = 0;
    Refusal refusal_;
};

}  // namespace

Refusal parse_head(std::string_view head, Limits const& limits, Head& out) {
    out.request = {};
    out.headers.clear();
    out.content_length = 0;
    out.chunked = out.http_1_0 = out.keep_alive = out.expects_continue = out.forwarded = false;
    return Parser(limits, out).run(head);
}

}  // namespace inlet::http
