#include "api/pages.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/compress.hpp"
#include "web/assets.hpp"

namespace inlet::api {
namespace {

constexpr std::string_view kChallengePrefix = "/.well-known/acme-challenge/";
constexpr std::string_view kUiWithoutSlash = "/ui";
constexpr std::size_t kMaxChallengeBytes = 4096;

bool is_token(std::string_view name) {
    return !name.empty() && name.size() <= 128 && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_';
    });
}

// Accept-Encoding that names gzip and does not refuse it; the finer points of q-values are not worth more.
bool takes_gzip(std::string_view accept) {
    auto const at = accept.find("gzip");
    if (at == std::string_view::npos) return false;
    auto const rest = accept.substr(at + 4, accept.find(',', at) - (at + 4));
    return rest.find("q=0") == std::string_view::npos ||
           rest.find("q=0.") != std::string_view::npos;
}

}  // namespace

Pages::Pages(FileSystem& fs, bool ui, std::string acme_webroot, Replier& replier)
    : fs_(fs), ui_(ui), acme_webroot_(std::move(acme_webroot)), replier_(replier) {}

bool Pages::knows(std::string_view path) const {
    if (path.starts_with(kChallengePrefix)) return !acme_webroot_.empty();
    return ui_ && (path == kUiWithoutSlash || web::find(path) != nullptr);
}

void Pages::handle(http::Request const& request, Call const& call) {
    if (request.path.starts_with(kChallengePrefix)) return challenge(request.path, call);
    if (request.path == kUiWithoutSlash) {
        return replier_.send(call, {.status = 308, .extra_headers = "Location: /ui/\r\n"});
    }
    auto const* asset = web::find(request.path);
    CHECK(asset != nullptr);
    headers_.assign("ETag: ")
        .append(asset->etag)
        .append("\r\nCache-Control: no-cache\r\nVary: Accept-Encoding\r\n");
    headers_.append("Content-Security-Policy: ").append(web::kContentSecurityPolicy).append("\r\n");
    headers_.append("Referrer-Policy: no-referrer\r\n");
    if (request.header("if-none-match") == asset->etag) {
        return replier_.send(call, {.status = 304, .extra_headers = headers_});
    }
    auto body = asset->gzip;
    if (takes_gzip(request.header("accept-encoding"))) {
        headers_.append("Content-Encoding: gzip\r\n");
    } else {
        CHECK(inflate_gzip(asset->gzip, asset->plain_size, inflated_).has_value());
        body = inflated_;
    }
    replier_.send(call, {.status = 200,
                         .content_type = asset->content_type,
                         .body = body,
                         .extra_headers = headers_});
    std::string().swap(inflated_);  // rare, and up to 1.7 MB
}

void Pages::challenge(std::string_view path, Call const& call) {
    auto const name = path.substr(kChallengePrefix.size());
    if (is_token(name)) {
        auto const file =
            join_path(acme_webroot_, std::string(kChallengePrefix.substr(1)).append(name));
        if (auto content = read_file(fs_, file, kMaxChallengeBytes)) {
            return replier_.send(call, {.content_type = "text/plain", .body = content.value()});
        }
    }
    replier_.problem(call, {.status = 404, .detail = "No such challenge."});
}

}  // namespace inlet::api
