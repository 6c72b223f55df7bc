// Any bytes as what a service, a file of the AWS tools or a variable of the environment may hold. The first
// byte chooses which.
// Holds: messages are one short line; what was read as an endpoint is read again as the same.
#include <cstdint>
#include <string>
#include <string_view>

#include "aws/endpoint.hpp"
#include "aws/failure.hpp"
#include "aws/http_date.hpp"
#include "aws/profile_file.hpp"
#include "aws/signer.hpp"
#include "aws/xml.hpp"
#include "base/check.hpp"

namespace inlet::aws {
namespace {

void check_reply(std::string_view text) {
    for (int const status : {200, 301, 400, 403, 413, 503}) {
        Failure const failure = classify(HttpReply{status, {}, std::string(text)});
        CHECK(failure.message.size() <= 512 && failure.code.size() <= 128);
        for (char const c : failure.message) CHECK(static_cast<unsigned char>(c) >= ' ');
        CHECK(!failure.error("x").message().empty());
    }
}

void check_endpoint(std::string_view text) {
    auto const endpoint = parse_endpoint(text);
    if (!endpoint) return;
    Endpoint const& first = endpoint.value();
    auto const again = parse_endpoint(first.scheme + "://" + first.host + first.path);
    CHECK(again.has_value());
    CHECK(again.value().scheme == first.scheme && again.value().host == first.host);
    CHECK(again.value().path == first.path);
}

void check_signature(std::string_view text) {
    auto const cut = text.find('\n');
    std::string_view const first = text.substr(0, cut);
    std::string_view const rest = cut == std::string_view::npos ? "" : text.substr(cut + 1);
    std::vector<Header> const headers = {{"x-amz-meta-a", std::string(rest)}};
    for (char const* service : {"s3", "firehose"}) {
        Unsigned const request{"PUT", "host", first, rest, headers, "00"};
        CHECK(!sign(request, {"key", "secret"}, {"eu-central-1", service}, 0).empty());
    }
}

void check_profiles(std::string_view text) {
    ProfileFile file = read_config_file(text);
    merge(file, read_credentials_file(text));
    for (auto const& [name, entries] : file.profiles) {
        for (auto const& [key, value] : entries) CHECK(!key.empty());
    }
}

void check_one(std::string_view input) {
    if (input.empty()) return;
    std::string_view const text = input.substr(1);
    switch (input.front()) {
        case 'r':
            return check_reply(text);
        case 'x':
            return static_cast<void>(read_xml(text).has_value());
        case 'u':
            return check_endpoint(text);
        case 'p':
            return check_profiles(text);
        case 'd':
            return static_cast<void>(parse_http_date(text).has_value());
        default:
            return check_signature(text);
    }
}

}  // namespace
}  // namespace inlet::aws

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    inlet::aws::check_one({reinterpret_cast<char const*>(data), size});
    return 0;
}
