#include "api/cors.hpp"

namespace inlet::api {
namespace {

constexpr std::string_view kExpose = "Access-Control-Expose-Headers: X-Request-Id, Retry-After\r\n";
// A day; Chromium keeps a preflight for at most two hours, Firefox for a day.
constexpr std::string_view kPreflight =
    "Access-Control-Allow-Methods: POST, GET\r\n"
    "Access-Control-Allow-Headers: Content-Type, Content-Encoding, Idempotency-Key, Authorization, "
    "X-Write-Key\r\n"
    "Access-Control-Max-Age: 86400\r\n";

}  // namespace

Cors::Cors(std::vector<std::string> origins) {
    for (auto& origin : origins) {
        std::string lines = "Access-Control-Allow-Origin: " + origin + "\r\n";
        if (origin != "*") lines += "Vary: Origin\r\n";
        auto preflight = lines + std::string(kPreflight);
        lines += kExpose;
        allowed_.push_back({std::move(origin), std::move(lines), std::move(preflight)});
    }
}

Cors::Allowed const* Cors::find(std::string_view origin) const {
    if (origin.empty()) return nullptr;
    for (auto const& allowed : allowed_) {
        if (allowed.origin == "*" || allowed.origin == origin) return &allowed;
    }
    return nullptr;
}

std::string_view Cors::headers(std::string_view origin) const {
    auto const* allowed = find(origin);
    return allowed ? std::string_view(allowed->headers) : std::string_view();
}

std::string_view Cors::preflight_headers(std::string_view origin) const {
    auto const* allowed = find(origin);
    return allowed ? std::string_view(allowed->preflight) : std::string_view();
}

}  // namespace inlet::api
