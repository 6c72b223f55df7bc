#include "aws/container_credentials.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <array>

#include "aws/credential_document.hpp"
#include "base/file.hpp"

namespace inlet::aws {
namespace {

constexpr std::int64_t kTimeoutMs = 2'000;
constexpr std::int64_t kPauseMs = 1'000;
constexpr int kAttempts = 3;
constexpr std::size_t kMaxReplyBytes = 64 << 10;
constexpr std::size_t kMaxTokenBytes = 16 << 10;

constexpr std::string_view kTaskHost = "http://169.254.170.2";
// ECS; EKS Pod Identity over IPv4 and IPv6.
constexpr std::array<std::string_view, 3> kPlatformHosts = {"169.254.170.2", "169.254.170.23",
                                                            "fd00:ec2::23"};

bool takes_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

bool is_port(std::string_view text) {
    return text.size() <= 5 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// "[::1]:80" -> "::1", "localhost:80" -> "localhost"; empty if it is no host with a port.
std::string host_of(std::string_view authority) {
    if (takes_prefix(authority, "[")) {
        auto const end = authority.find(']');
        if (end == std::string_view::npos) return {};
        auto const rest = authority.substr(end + 1);
        bool const good = rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
        return good ? std::string(authority.substr(0, end)) : std::string();
    }
    auto const colon = authority.find(':');
    if (colon == std::string_view::npos) return std::string(authority);
    return is_port(authority.substr(colon + 1)) ? std::string(authority.substr(0, colon))
                                                : std::string();
}

bool is_here_or_platform(std::string const& host) {
    if (host == "localhost") return true;
    in_addr v4{};
    // Four decimal numbers, nothing that only some resolvers take for an address.
    if (::inet_pton(AF_INET, host.c_str(), &v4) == 1 && (ntohl(v4.s_addr) >> 24) == 127)
        return true;
    in6_addr v6{};
    if (::inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6)) return true;
    return std::find(kPlatformHosts.begin(), kPlatformHosts.end(), host) != kPlatformHosts.end();
}

}  // namespace

Result<void> check_container_url(std::string_view url) {
    auto const wrong = [&](char const* what) {
        return fail(Errc::invalid, std::string("AWS_CONTAINER_CREDENTIALS_*_URI: ") + what);
    };
    // What follows must mean the same to us and to the HTTP client.
    for (char const c : url) {
        if (c <= ' ' || c >= '\x7f' || c == '\\')
            return wrong("the address has a character that no address has");
    }
    auto rest = url;
    bool const tls = takes_prefix(rest, "https://");
    if (!tls && !takes_prefix(rest, "http://"))
        return wrong("the address is neither http nor https");
    auto const authority = rest.substr(0, rest.find_first_of("/?#"));
    if (authority.find('@') != std::string_view::npos) return wrong("the address has a user name");
    auto const host = host_of(authority);
    if (host.empty()) return wrong("the address has no host, or no port after its colon");
    if (tls || is_here_or_platform(host)) return success();
    return wrong(
        "http is for 127.0.0.0/8, ::1, localhost, 169.254.170.2, 169.254.170.23 and fd00:ec2::23");
}

Result<std::string> ContainerCredentials::url() const {
    auto const relative =
        context_.environment("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").value_or("");
    auto url = context_.environment("AWS_CONTAINER_CREDENTIALS_FULL_URI").value_or("");
    if (!relative.empty()) {
        if (relative.front() != '/')
            return fail(Errc::invalid,
                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not start with a slash");
        url = std::string(kTaskHost) + relative;
    }
    if (url.empty()) return url;
    TRY(check_container_url(url));
    return url;
}

Result<std::string> ContainerCredentials::authorization() const {
    auto const file = context_.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").value_or("");
    auto token = context_.environment("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or("");
    if (!file.empty()) {
        TRY(token, read_file(posix_file_system(), file, kMaxTokenBytes));
        if (token.empty()) return fail(Errc::invalid, file + " holds no token");
    }
    if (token.find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
        return fail(Errc::invalid, "the authorization token of the container has a line end");
    return token;
}

ContainerCredentials::Attempt ContainerCredentials::ask(HttpRequest const& request) {
    auto reply = context_.http.send(request);
    if (!reply) {
        bool const again =
            reply.error().code == Errc::unavailable || reply.error().code == Errc::timeout;
        return {std::move(reply.error()), again};
    }
    auto const& got = reply.value();
    if (got.status == 200) return {read_metadata_document(got.body, request.url), true};
    auto const reason = reason_in_document(got.body);
    auto const text = request.url + ": status " + std::to_string(got.status) +
                      (reason.empty() ? std::string() : " (" + reason + ")");
    bool const again = got.status >= 500 || got.status == 429;
    return {fail(again ? Errc::unavailable : Errc::rejected, text), again};
}

Result<std::optional<Credentials>> ContainerCredentials::fetch() {
    HttpRequest request;
    TRY(request.url, url());
    if (request.url.empty()) return std::nullopt;
    TRY(auto token, authorization());
    request.headers.push_back({"accept", "application/json"});
    if (!token.empty()) request.headers.push_back({"authorization", std::move(token)});
    request.connect_timeout_ms = kTimeoutMs;
    request.timeout_ms = kTimeoutMs;
    request.max_reply_bytes = kMaxReplyBytes;
    for (int attempt = 1;; ++attempt) {
        auto answer = ask(request);
        if (answer.result) return std::move(answer.result.value());
        bool const last = !answer.again || attempt == kAttempts;
        if (last || !context_.interrupt.sleep_ms(kPauseMs)) return answer.result.error();
    }
}

}  // namespace inlet::aws
