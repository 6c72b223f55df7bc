#include "config/text_check.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <charconv>
#include <cstdint>
#include <string>
#include <sys/un.h>

#include "api/write_key_text.hpp"
#include "aws/cloudwatch_api.hpp"
#include "aws/firehose_api.hpp"
#include "base/ip_network.hpp"
#include "http/unix_listener.hpp"
#include "sink/firehose.hpp"
#include "sink/s3_place.hpp"

namespace inlet::config {

namespace {

// 0 to 65535, digits only, no more than needed.
bool is_port(std::string_view text) {
    std::uint16_t port = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    bool const leading_zero = text.size() > 1 && text.front() == '0';
    return error == std::errc() && end == text.data() + text.size() && !leading_zero;
}

bool is_ip(int family, std::string_view text) {
    if (text.find('\0') != text.npos) return false;  // inet_pton would not look behind it
    unsigned char address[sizeof(in6_addr)];
    return inet_pton(family, std::string(text).c_str(), address) == 1;
}

bool is_host_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

// Lower case: browsers send origins so, and they are compared byte by byte.
bool is_origin(std::string_view text) {
    std::size_t const scheme = text.find("://");
    if (scheme == std::string_view::npos || scheme == 0) return false;
    std::string_view host = text.substr(scheme + 3);
    if (!host.empty() && host.front() == '[') {
        std::size_t const end = host.find(']');
        if (end == std::string_view::npos || !is_ip(AF_INET6, host.substr(1, end - 1)))
            return false;
        std::string_view const port = host.substr(end + 1);
        return port.empty() || (port.front() == ':' && is_port(port.substr(1)));
    }
    std::size_t const colon = host.find(':');
    if (colon != std::string_view::npos) {
        if (!is_port(host.substr(colon + 1))) return false;
        host = host.substr(0, colon);
    }
    return !host.empty() && std::ranges::all_of(host, is_host_byte) &&
           std::ranges::all_of(text.substr(0, scheme),
                               [](char c) { return is_host_byte(c) || c == '+'; });
}

}  // namespace

char const* check_text(std::string_view text) {
    bool const plain = std::ranges::none_of(text, [](char c) {
        auto const byte = static_cast<unsigned char>(c);
        return byte < 0x20 || byte == 0x7f;
    });
    return plain ? nullptr : "must not hold control characters";
}

char const* check_not_empty(std::string_view text) {
    return text.empty() ? "must not be empty" : check_text(text);
}

char const* check_address(std::string_view text) {
    std::size_t const colon = text.rfind(':');
    if (colon != std::string_view::npos && is_port(text.substr(colon + 1))) {
        std::string_view const host = text.substr(0, colon);
        if (is_ip(AF_INET, host)) return nullptr;
        bool const bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
        if (bracketed && is_ip(AF_INET6, host.substr(1, host.size() - 2))) return nullptr;
    }
    return "must be an IP address and a port, such as \"0.0.0.0:8080\" or \"[::]:8080\"";
}

char const* check_admin_address(std::string_view text) {
    if (!http::is_unix_address(text)) {
        if (check_address(text) == nullptr) return nullptr;
        return "must be an IP address and a port, such as \"127.0.0.1:8081\", or a socket file, "
               "such "
               "as \"unix:/run/inlet/admin.sock\"";
    }
    auto const path = text.substr(http::kUnixPrefix.size());
    bool const fits = path.size() > 1 && path.size() < sizeof(sockaddr_un::sun_path);
    if (fits && path.front() == '/' && check_text(path) == nullptr) return nullptr;
    return "must have an absolute path of at most 107 bytes behind \"unix:\"";
}

char const* check_network(std::string_view text) {
    if (IpNetwork::parse(text)) return nullptr;
    return "must be an IP address, or a network such as \"10.0.0.0/8\" or \"2001:db8::/32\" whose "
           "bits behind the prefix are 0";
}

char const* check_write_key(std::string_view text) {
    return api::parse_write_key(text) ? nullptr : api::kWriteKeyRule;
}

char const* check_token(std::string_view text) {
    return text.empty() || api::is_secret_text(text) ? nullptr : api::kTokenRule;
}

char const* check_stream_name(std::string_view text) {
    if (aws::is_delivery_stream_name(sink::expand_stream_name(text, "profile"))) return nullptr;
    return "must be 1 to 64 letters, digits, \"_\", \".\" or \"-\", such as \"inlet\" or "
           "\"inlet-{type}\"";
}

char const* check_origin(std::string_view text) {
    if (text == "*" || is_origin(text)) return nullptr;
    return "must be \"*\" or a web origin in lower case and without a path, such as "
           "\"https://www.example.com\"";
}

char const* check_url(std::string_view text) {
    if (text.empty()) return nullptr;
    constexpr char const* kReason =
        "must be an http:// or https:// URL without user, query and fragment";
    std::string_view rest = text;
    for (std::string_view const scheme : {"https://", "http://"}) {
        if (rest.starts_with(scheme)) rest.remove_prefix(scheme.size());
    }
    if (rest.size() == text.size() || rest.empty() || rest.front() == '/') return kReason;
    bool const plain = std::ranges::all_of(rest, [](char c) {
        return c > 0x20 && c < 0x7f &&
               std::string_view("@?#\\\"<>").find(c) == std::string_view::npos;
    });
    return plain ? nullptr : kReason;
}

char const* check_host_label(std::string_view text) {
    bool const plain = std::ranges::all_of(
        text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
    bool const good = plain && text.size() <= 63 && !text.starts_with('-') && !text.ends_with('-');
    return good ? nullptr : "must be the name of a region, such as \"eu-central-1\"";
}

char const* check_header_value(std::string_view text) {
    bool const visible = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
    return visible ? nullptr : "must be visible ASCII";
}

char const* check_metric_namespace(std::string_view text) {
    if (aws::is_metric_namespace(text)) return nullptr;
    return "must be 1 to 255 of A-Z a-z 0-9 . - _ / # :, not begin with \":\" or \"AWS/\"";
}

char const* check_dimension(std::string_view text) {
    if (aws::is_dimension(text)) return nullptr;
    return "must be a name of up to 255 and a value of up to 1024 characters of ASCII, such as "
           "\"Stage=production\"";
}

char const* check_bucket(std::string_view text) {
    if (text.empty() || sink::is_bucket_name(text)) return nullptr;
    return "must be the name of an S3 bucket: 3 to 63 lower-case letters, digits, dots and hyphens";
}

char const* check_s3_prefix(std::string_view text) {
    if (sink::is_s3_prefix(text)) return nullptr;
    return "must be folders of letters, digits and !-_.*'()= with \"/\" between them, at most 800 "
           "bytes";
}

char const* check_storage_class(std::string_view text) {
    // Amazon S3 User Guide, "Understanding and managing Amazon S3 storage classes". Objects of the
    // others must be restored before they can be read.
    for (std::string_view const known :
         {"", "STANDARD", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR"}) {
        if (text == known) return nullptr;
    }
    return "must be STANDARD, STANDARD_IA, ONEZONE_IA, INTELLIGENT_TIERING or GLACIER_IR";
}

}  // namespace inlet::config
