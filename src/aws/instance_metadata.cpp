#include "aws/instance_metadata.hpp"

#include <algorithm>
#include <charconv>

#include "aws/credential_fields.hpp"

namespace inlet::aws {
namespace {

constexpr std::string_view kEndpointV6 = "http://[fd00:ec2::254]";
constexpr char const* kTokenSeconds = "21600";  // the longest that is allowed: 6 hours
constexpr std::size_t kMaxReplyBytes = 64 << 10;
constexpr int kMaxTimeoutSeconds = 60;
constexpr int kMaxAttempts = 10;

std::string lower(std::string text) {
    std::transform(text.begin(), text.end(), text.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    return text;
}

Result<int> read_number(Environment const& environment, char const* variable, int otherwise,
                        int max) {
    auto const text = environment(variable).value_or("");
    if (text.empty()) return otherwise;
    int number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || number < 1 || number > max)
        return fail(Errc::invalid,
                    std::string(variable) + " must be a number from 1 to " + std::to_string(max));
    return number;
}

Result<std::string> read_endpoint(Environment const& environment, std::string otherwise) {
    auto endpoint = environment("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("");
    if (!endpoint.empty()) {
        bool const is_url = endpoint.starts_with("http://") || endpoint.starts_with("https://");
        bool const visible = std::all_of(endpoint.begin(), endpoint.end(),
                                         [](char c) { return c > ' ' && c < '\x7f'; });
        if (!is_url || !visible)
            return fail(Errc::invalid, "AWS_EC2_METADATA_SERVICE_ENDPOINT is no http address");
        while (endpoint.ends_with('/')) endpoint.pop_back();
        return endpoint;
    }
    auto const mode = lower(environment("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").value_or("ipv4"));
    if (mode == "ipv6") return std::string(kEndpointV6);
    if (mode == "ipv4" || mode.empty()) return otherwise;
    return fail(Errc::invalid, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is neither IPv4 nor IPv6");
}

bool may_change(HttpReply const& reply) {
    return reply.status >= 500 || reply.status == 429;
}

}  // namespace

Result<MetadataOptions> MetadataOptions::load(Environment const& environment) {
    auto const is_true = [&](char const* variable) {
        return lower(environment(variable).value_or("")) == "true";
    };
    MetadataOptions options;
    options.disabled = is_true("AWS_EC2_METADATA_DISABLED");
    options.v1_disabled = is_true("AWS_EC2_METADATA_V1_DISABLED");
    TRY(options.endpoint, read_endpoint(environment, options.endpoint));
    TRY(auto const seconds,
        read_number(environment, "AWS_METADATA_SERVICE_TIMEOUT", 1, kMaxTimeoutSeconds));
    options.timeout_ms = seconds * 1'000;
    TRY(options.attempts,
        read_number(environment, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", 1, kMaxAttempts));
    return options;
}

HttpRequest InstanceMetadata::request(std::string const& path) const {
    HttpRequest request;
    request.url = options_.endpoint + path;
    request.connect_timeout_ms = options_.timeout_ms;
    request.timeout_ms = options_.timeout_ms;
    request.max_reply_bytes = kMaxReplyBytes;
    return request;
}

// The last attempt's reply or error.
Result<HttpReply> InstanceMetadata::ask(HttpRequest const& request) {
    for (int attempt = 1;; ++attempt) {
        auto reply = http_.send(request);
        bool const again =
            reply ? may_change(reply.value())
                  : reply.error().code == Errc::unavailable || reply.error().code == Errc::timeout;
        if (!again || attempt >= options_.attempts) return reply;
    }
}

Result<void> InstanceMetadata::take_token() {
    if (asked_) return success();
    auto put = request("/latest/api/token");
    put.method = "PUT";
    put.headers.push_back({"x-aws-ec2-metadata-token-ttl-seconds", kTokenSeconds});
    auto reply = ask(put);
    // A time-out: the reply's hop limit of 1 ends it before it reaches a container.
    bool const no_token = reply ? reply.value().status == 403 || reply.value().status == 404 ||
                                      reply.value().status == 405
                                : reply.error().code == Errc::timeout;
    if (no_token) {
        if (options_.v1_disabled)
            return fail(Errc::rejected, put.url + ": gives no token, and version 1 is disabled");
        asked_ = true;
        return success();
    }
    if (!reply) return std::move(reply.error());
    auto const& [status, headers, body] = reply.value();
    if (status != 200)
        return fail(may_change(reply.value()) ? Errc::unavailable : Errc::rejected,
                    put.url + ": status " + std::to_string(status));
    bool const visible =
        std::all_of(body.begin(), body.end(), [](char c) { return c > ' ' && c < '\x7f'; });
    if (body.empty() || !visible) return fail(Errc::invalid, put.url + ": the reply is no token");
    token_ = body;
    asked_ = true;
    return success();
}

Result<std::string> InstanceMetadata::get(std::string const& path) {
    TRY(take_token());
    auto get = request(path);
    if (!token_.empty()) get.headers.push_back({"x-aws-ec2-metadata-token", token_});
    auto reply = ask(get);
    if (!reply) return std::move(reply.error());
    int const status = reply.value().status;
    if (status == 200) return std::move(reply.value().body);
    auto const code = status == 404               ? Errc::not_found
                      : may_change(reply.value()) ? Errc::unavailable
                                                  : Errc::rejected;
    return fail(code, get.url + ": status " + std::to_string(status));
}

namespace {

Result<std::string> ask_once(HttpClient& http, Environment const& environment,
                             std::string const& path) {
    TRY(auto options, MetadataOptions::load(environment));
    if (options.disabled)
        return fail(Errc::not_found, "instance metadata is disabled by AWS_EC2_METADATA_DISABLED");
    InstanceMetadata metadata(http, std::move(options));
    return metadata.get(path);
}

// Lower-case letters, digits, "-": a region, and an instance's id.
Result<std::string> checked(std::string text, char const* what) {
    bool const fine =
        !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        });
    if (fine) return text;
    return fail(Errc::invalid, "instance metadata: \"" + printable(text, 40) + "\" is no " + what);
}

}  // namespace

Result<std::string> instance_region(HttpClient& http, Environment const& environment) {
    TRY(auto region, ask_once(http, environment, "/latest/meta-data/placement/region"));
    return checked(std::move(region), "region");
}

Result<std::string> instance_id(HttpClient& http, Environment const& environment) {
    TRY(auto id, ask_once(http, environment, "/latest/meta-data/instance-id"));
    return checked(std::move(id), "id of an instance");
}

}  // namespace inlet::aws
