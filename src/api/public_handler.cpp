#include "api/public_handler.hpp"

#include <optional>

namespace inlet::api {
namespace {

static_assert(http::kBodyPadding >= event::kBodyPadding);

std::optional<event::Kind> collect_kind(std::string_view path) {
    if (path == "/track") return event::Kind::track;
    if (path == "/alias") return event::Kind::alias;
    if (path == "/profile") return event::Kind::profile;
    return std::nullopt;
}

std::string_view route_of(std::string_view path) {
    for (std::string_view known :
         {"/track", "/alias", "/profile", "/health/live", "/health/ready"}) {
        if (path == known) return known;
    }
    return "other";
}

}  // namespace

PublicHandler::PublicHandler(Shared const& shared, http::Executor& executor)
    : shared_(shared),
      replier_(shared.options.access_log),
      collect_(shared.collect, shared.admission, shared.journal, executor, shared.clock, replier_,
               shared.stats),
      pages_(shared.fs, shared.options.ui, shared.options.acme_webroot, replier_) {}

Call PublicHandler::begin(std::int64_t unix_ms, std::string_view origin, http::Exchange& exchange) {
    return {&exchange, ids_.next(unix_ms), shared_.cors.headers(origin)};
}

void PublicHandler::handle(http::Request const& request, http::Exchange& exchange) {
    auto call = begin(request.unix_ms, request.origin, exchange);
    call.route = route_of(request.path);
    // Only OPTIONS may ask about the server as a whole (RFC 9110, 9.3.7).
    if (request.path == "*") return preflight(request, call, "Allow: GET, HEAD, POST, OPTIONS\r\n");
    auto const kind = collect_kind(request.path);
    if (kind && request.method == http::Method::post) return collect_.handle(*kind, request, call);

    bool const health = Health::knows(request.path);
    if (!kind && !health && !pages_.knows(request.path)) {
        return replier_.problem(
            call, {.status = 404, .detail = "There is nothing at this path. See /openapi.json."});
    }
    std::string_view const allow =
        kind ? "Allow: POST, OPTIONS\r\n" : "Allow: GET, HEAD, OPTIONS\r\n";
    if (request.method == http::Method::options) return preflight(request, call, allow);
    bool const reads = request.method == http::Method::get || request.method == http::Method::head;
    if (kind || !reads) return wrong_method(call, allow);
    if (health) {
        return shared_.health.handle(request.path, call, replier_,
                                     retry_after(shared_.options.retry_after_s));
    }
    pages_.handle(request, call);
}

void PublicHandler::wrong_method(Call const& call, std::string_view allow) {
    replier_.problem(
        call,
        {.status = 405,
         .detail = "This path does not take that method; the header Allow says which it takes.",
         .extra_headers = allow});
}

void PublicHandler::preflight(http::Request const& request, Call const& call,
                              std::string_view allow) {
    auto answer = call;
    if (!request.header("access-control-request-method").empty()) {
        answer.cors = shared_.cors.preflight_headers(request.origin);
    }
    replier_.send(answer, {.status = 204, .extra_headers = allow});
}

void PublicHandler::refuse(unsigned status, std::string_view detail, http::Exchange& exchange) {
    shared_.stats.received_requests.add();
    shared_.stats.reject(Rejection::http);
    auto const call = begin(shared_.clock.unix_ms(), {}, exchange);
    auto const again =
        status == 503 || status == 429 ? retry_after(shared_.options.retry_after_s) : std::string();
    replier_.problem(call,
                     {.status = status, .detail = detail, .extra_headers = again, .close = true});
}

}  // namespace inlet::api
