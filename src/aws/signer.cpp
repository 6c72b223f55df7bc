#include "aws/signer.hpp"

#include <algorithm>
#include <map>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "aws/ascii.hpp"
#include "aws/uri.hpp"
#include "base/check.hpp"
#include "base/id.hpp"
#include "base/sha256.hpp"
#include "base/time.hpp"

namespace inlet::aws {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

std::string_view text_of(SigningKey const& bytes) {
    return {reinterpret_cast<char const*>(bytes.data()), bytes.size()};
}

SigningKey hmac(std::string_view key, std::string_view text) {
    SigningKey out = {};
    auto const* const bytes = reinterpret_cast<unsigned char const*>(text.data());
    CHECK(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes, text.size(),
               out.data(), nullptr) != nullptr);
    return out;
}

std::string hex_sha256(std::string_view text) {
    return to_hex(text_of(sha256(text)));
}

// "20261122T111902Z"
std::string amz_date(std::int64_t unix_ms) {
    std::string out;
    for (char const c : iso_time(unix_ms).substr(0, 19)) {
        if (c != '-' && c != ':') out += c;
    }
    return out + 'Z';
}

// Proxies and the HTTP library change these, or add them after signing.
bool is_never_signed(std::string_view name) {
    static constexpr std::string_view kNames[] = {"baggage",
                                                  "connection",
                                                  "expect",
                                                  "keep-alive",
                                                  "proxy-authenticate",
                                                  "te",
                                                  "trailer",
                                                  "traceparent",
                                                  "tracestate",
                                                  "proxy-authorization",
                                                  "authorization",
                                                  "upgrade",
                                                  "user-agent",
                                                  "via",
                                                  "transfer-encoding",
                                                  "x-amzn-trace-id"};
    return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

// No white space at the ends, one blank for each inside.
std::string tidy(std::string_view value) {
    std::string out;
    for (char const c : value) {
        bool const is_blank = c == ' ' || (c >= '\t' && c <= '\r');
        if (!is_blank) {
            out += c;
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

// By name, in the order of signing; values of one name joined by commas.
std::map<std::string, std::string> to_be_signed(std::span<Header const> headers) {
    std::map<std::string, std::string> all;
    for (Header const& header : headers) {
        std::string name = lower(header.name);
        if (is_never_signed(name)) continue;
        auto [at, is_new] = all.try_emplace(std::move(name));
        if (!is_new) at->second += ',';
        at->second += tidy(header.value);
    }
    return all;
}

std::string names_of(std::map<std::string, std::string> const& headers) {
    std::string names;
    for (auto const& [name, value] : headers) {
        if (!names.empty()) names += ';';
        names += name;
    }
    return names;
}

// Without "." and "..", without doubled slashes (RFC 3986, 5.2.4, and AWS's addition to it).
std::string normalized(std::string_view path) {
    std::vector<std::string_view> kept;
    bool const ends_in_slash = path.ends_with('/');
    while (!path.empty()) {
        auto const end = std::min(path.find('/'), path.size());
        std::string_view const segment = path.substr(0, end);
        path.remove_prefix(std::min(end + 1, path.size()));
        if (segment == "..") {
            if (!kept.empty()) kept.pop_back();
        } else if (!segment.empty() && segment != ".") {
            kept.push_back(segment);
        }
    }
    std::string out;
    for (std::string_view const segment : kept) out.append("/").append(segment);
    if (out.empty() || ends_in_slash) out += '/';
    return out;
}

// S3 takes the path as it was sent: "a//b" and "a/../b" are names of objects. The others want it
// normalized and encoded a second time.
std::string canonical_path(std::string_view path, Scope const& scope) {
    if (scope.service == "s3") return std::string(path.empty() ? "/" : path);
    return encoded(normalized(path), Slash::keep);
}

// Sorted by name and value; every item has its '='.
std::string canonical_query(std::string_view query) {
    std::vector<std::pair<std::string_view, std::string_view>> items;
    while (!query.empty()) {
        auto const end = std::min(query.find('&'), query.size());
        std::string_view const item = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        auto const equals = std::min(item.find('='), item.size());
        items.emplace_back(item.substr(0, equals), item.substr(std::min(equals + 1, item.size())));
    }
    std::sort(items.begin(), items.end());
    std::string out;
    for (auto const& [name, value] : items) {
        if (!out.empty()) out += '&';
        out.append(name).append("=").append(value);
    }
    return out;
}

struct Signature {
    std::vector<Header> added;
    std::string canonical;
    std::string signed_names;
    std::string time;  // "20261122T111902Z"
};

Signature prepare(Unsigned const& request, Credentials const& credentials, Scope const& scope,
                  std::int64_t unix_ms) {
    Signature out;
    out.time = amz_date(unix_ms);
    out.added.push_back({"x-amz-date", out.time});
    if (scope.service == "s3") {
        out.added.push_back({"x-amz-content-sha256", std::string(request.body_sha256)});
    }
    if (!credentials.session_token.empty()) {
        out.added.push_back({"x-amz-security-token", credentials.session_token});
    }
    std::vector<Header> all(request.headers.begin(), request.headers.end());
    all.push_back({"host", std::string(request.host)});
    all.insert(all.end(), out.added.begin(), out.added.end());
    out.canonical = canonical_request(request, all, scope);
    out.signed_names = names_of(to_be_signed(all));
    return out;
}

std::vector<Header> finish(Signature signature, Credentials const& credentials, Scope const& scope,
                           SigningKey const& key) {
    std::string const place =
        signature.time.substr(0, 8) + '/' + scope.region + '/' + scope.service + "/aws4_request";
    std::string to_sign(kAlgorithm);
    to_sign.append("\n").append(signature.time).append("\n").append(place).append("\n");
    to_sign += hex_sha256(signature.canonical);
    std::string value(kAlgorithm);
    value.append(" Credential=").append(credentials.access_key_id).append("/").append(place);
    value.append(", SignedHeaders=").append(signature.signed_names);
    value.append(", Signature=").append(to_hex(text_of(hmac(text_of(key), to_sign))));
    signature.added.push_back({"authorization", std::move(value)});
    return std::move(signature.added);
}

}  // namespace

SigningKey signing_key(std::string_view secret, std::string_view date, Scope const& scope) {
    SigningKey key = hmac("AWS4" + std::string(secret), date);
    key = hmac(text_of(key), scope.region);
    key = hmac(text_of(key), scope.service);
    return hmac(text_of(key), "aws4_request");
}

std::string canonical_request(Unsigned const& request, std::span<Header const> headers,
                              Scope const& scope) {
    auto const signed_headers = to_be_signed(headers);
    std::string out(request.method);
    out.append("\n").append(canonical_path(request.path, scope));
    out.append("\n").append(canonical_query(request.query)).append("\n");
    for (auto const& [name, value] : signed_headers) {
        out.append(name).append(":").append(value).append("\n");
    }
    out.append("\n").append(names_of(signed_headers)).append("\n").append(request.body_sha256);
    return out;
}

std::vector<Header> sign(Unsigned const& request, Credentials const& credentials,
                         Scope const& scope, std::int64_t unix_ms) {
    Signature signature = prepare(request, credentials, scope, unix_ms);
    SigningKey const key =
        signing_key(credentials.secret_access_key, signature.time.substr(0, 8), scope);
    return finish(std::move(signature), credentials, scope, key);
}

std::vector<Header> Signer::sign(Unsigned const& request, Credentials const& credentials,
                                 std::int64_t unix_ms) {
    Signature signature = prepare(request, credentials, scope_, unix_ms);
    std::string date = signature.time.substr(0, 8);
    if (date != key_date_ || credentials.secret_access_key != key_secret_) {
        key_ = signing_key(credentials.secret_access_key, date, scope_);
        key_date_ = std::move(date);
        key_secret_ = credentials.secret_access_key;
    }
    return finish(std::move(signature), credentials, scope_, key_);
}

}  // namespace inlet::aws
