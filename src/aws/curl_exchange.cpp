#include "aws/curl_exchange.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "aws/ascii.hpp"
#include "base/check.hpp"

namespace inlet::aws {
namespace {

constexpr std::size_t kMaxReason = 300;

bool is_token(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return is_alphanumeric(c) || c == '-' || c == '_';
    });
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f;
    });
}

// "127.0.0.1" of "http://127.0.0.1:80/a"; "[::1]" with its brackets.
std::string_view host_of(std::string_view url) {
    auto const scheme = url.find("://");
    if (scheme == std::string_view::npos) return {};
    url.remove_prefix(scheme + 3);
    url = url.substr(0, url.find_first_of("/?#"));
    if (url.starts_with('[')) return url.substr(0, url.find(']') + 1);
    return url.substr(0, url.find(':'));
}

}  // namespace

bool is_near(std::string_view url) {
    std::string_view const host = host_of(url);
    return host == "localhost" || host == "[::1]" || host.starts_with("127.") ||
           host.starts_with("169.254.") || host.starts_with("[fe80:") ||
           host.starts_with("[fd00:ec2:");
}

CurlExchange::CurlExchange(HttpRequest const& request, HttpClientOptions const& options)
    : request_(request), options_(options), easy_(curl_easy_init()) {
    CHECK(easy_ != nullptr);
}

template <class T>
void CurlExchange::set(CURLoption option, T value) {
    CHECK(curl_easy_setopt(easy_.get(), option, value) == CURLE_OK);
}

Result<void> CurlExchange::prepare() {
    std::string_view const url = request_.url;
    bool const is_http = url.starts_with("https://") || url.starts_with("http://");
    if (!is_http || has_control(url) || host_of(url).empty())
        return fail(Errc::invalid, "not a URL: " + request_.url);
    if (!is_token(request_.method)) return fail(Errc::invalid, "not an HTTP method");
    set(CURLOPT_URL, request_.url.c_str());
    set_connection();
    set_deadlines();
    set_method();
    return set_headers();
}

void CurlExchange::set_connection() {
    set(CURLOPT_PROTOCOLS_STR, "http,https");
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_PATH_AS_IS, 1L);  // "a/../b" is the name of an object, and signed as it stands
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_QUICK_EXIT, 1L);  // a name server that hangs delays neither deadline nor cancel()
    set(CURLOPT_TCP_NODELAY, 1L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    set(CURLOPT_SSL_VERIFYPEER, 1L);
    set(CURLOPT_SSL_VERIFYHOST, 2L);
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    set(CURLOPT_ERRORBUFFER, reason_.data());
    if (!options_.ca_bundle.empty()) {
        set(CURLOPT_CAINFO, options_.ca_bundle.c_str());
        set(CURLOPT_CAPATH, static_cast<char const*>(nullptr));  // instead of the system's
    }
    if (is_near(request_.url)) set(CURLOPT_PROXY, "");
}

void CurlExchange::set_deadlines() {
    set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout_ms));
    set(CURLOPT_TIMEOUT_MS, static_cast<long>(request_.timeout_ms));
    set(CURLOPT_LOW_SPEED_LIMIT, 1L);
    set(CURLOPT_LOW_SPEED_TIME, static_cast<long>((request_.stall_timeout_ms + 999) / 1000));
}

void CurlExchange::set_method() {
    set(CURLOPT_HEADERFUNCTION, &CurlExchange::on_header);
    set(CURLOPT_HEADERDATA, static_cast<void*>(this));
    set(CURLOPT_WRITEFUNCTION, &CurlExchange::on_body);
    set(CURLOPT_WRITEDATA, static_cast<void*>(this));
    if (request_.method == "HEAD") {
        set(CURLOPT_NOBODY, 1L);
        return;
    }
    bool const wants_body = request_.method == "POST" || request_.method == "PUT";
    if (wants_body || !request_.body.empty()) {
        set(CURLOPT_POST, 1L);
        set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
        // A function that cannot rewind: libcurl would else send the body again, unasked, when a kept
        // connection ends before the reply.
        set(CURLOPT_READFUNCTION, &CurlExchange::on_read);
        set(CURLOPT_READDATA, static_cast<void*>(this));
    }
    set(CURLOPT_CUSTOMREQUEST, request_.method.c_str());
}

Result<void> CurlExchange::set_headers() {
    bool has_content_type = false;
    bool has_user_agent = false;
    for (Header const& header : request_.headers) {
        if (!is_token(header.name) || has_control(header.value))
            return fail(Errc::invalid, "not an HTTP header: " + header.name);
        has_content_type |= lower(header.name) == "content-type";
        has_user_agent |= lower(header.name) == "user-agent";
        // To libcurl "Name:" means "do not send it", "Name;" is a header without a value.
        bool const is_empty = trimmed(header.value).empty();
        add_header(is_empty ? header.name + ";" : header.name + ": " + header.value);
    }
    // S3 and Firehose answer at once; waiting for "100 Continue" costs a second where nobody sends it.
    add_header("Expect:");
    if (!has_content_type) add_header("Content-Type:");
    if (!has_user_agent) add_header("User-Agent: inlet/" INLET_VERSION);
    set(CURLOPT_HTTPHEADER, headers_.get());
    return success();
}

void CurlExchange::add_header(std::string const& line) {
    headers_.reset(curl_slist_append(headers_.release(), line.c_str()));
    CHECK(headers_ != nullptr);
}

std::size_t CurlExchange::on_read(char* out, std::size_t size, std::size_t count, void* self) {
    auto& me = *static_cast<CurlExchange*>(self);
    std::size_t const n = std::min(size * count, me.request_.body.size() - me.body_sent_);
    std::memcpy(out, me.request_.body.data() + me.body_sent_, n);
    me.body_sent_ += n;
    return n;
}

std::size_t CurlExchange::on_header(char* line, std::size_t size, std::size_t count, void* self) {
    bool const taken = static_cast<CurlExchange*>(self)->take_header({line, size * count});
    return taken ? size * count : 0;
}

bool CurlExchange::take_header(std::string_view line) {
    header_bytes_ += line.size();
    if (header_bytes_ > kMaxHeaderBytes) {
        is_too_long_ = true;
        return false;
    }
    if (line.starts_with("HTTP/")) {  // after an interim reply (1xx) the real one begins
        reply_.headers.clear();
        has_whole_head_ = false;
        return true;
    }
    if (trimmed(line).empty()) has_whole_head_ = true;

    auto const colon = line.find(':');
    if (colon == std::string_view::npos) return true;
    reply_.headers.push_back(
        {lower(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1)))});
    return true;
}

std::size_t CurlExchange::on_body(char* bytes, std::size_t size, std::size_t count, void* self) {
    auto& me = *static_cast<CurlExchange*>(self);
    if (size * count > me.request_.max_reply_bytes - me.reply_.body.size()) {
        me.is_too_long_ = true;
        return 0;
    }
    me.reply_.body.append(bytes, size * count);
    return size * count;
}

Result<HttpReply> CurlExchange::finish(CURLcode code) {
    if (is_too_long_) return error(Errc::full, "the reply is too long");
    switch (code) {
        case CURLE_OK: {
            // To libcurl half a head is a reply without a body.
            if (!has_whole_head_)
                return error(Errc::unavailable, "the connection ended within a reply");
            long status = 0;
            curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
            reply_.status = static_cast<int>(status);
            return std::move(reply_);
        }
        case CURLE_OPERATION_TIMEDOUT:
            return error(Errc::timeout, reason_.data());
        case CURLE_URL_MALFORMAT:
        case CURLE_SSL_CACERT_BADFILE:
            return error(Errc::invalid, reason_.data());
        case CURLE_SEND_FAIL_REWIND:
            return error(Errc::unavailable, "the connection ended before a reply");
        default:
            return error(Errc::unavailable,
                         reason_[0] != '\0' ? reason_.data() : curl_easy_strerror(code));
    }
}

Error CurlExchange::cancelled() const {
    return error(Errc::stopping, "given up");
}

bool CurlExchange::was_sent() const {
    long bytes = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &bytes);
    return bytes > 0 || body_sent_ > 0;
}

Error CurlExchange::error(Errc code, std::string_view reason) const {
    std::string context = request_.method + ' ' + request_.url.substr(0, request_.url.find('?'));
    context.append(": ").append(reason.substr(0, kMaxReason));
    Error out = fail(code, std::move(context));
    if (was_sent() || code == Errc::invalid) return out;
    long number = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &number);
    out.sys_errno = number != 0 ? static_cast<int>(number) : ENOTCONN;
    if (code == Errc::timeout) out.sys_errno = ETIMEDOUT;
    if (code == Errc::stopping) out.sys_errno = ECANCELED;
    return out;
}

}  // namespace inlet::aws
