#include "api/admin_handler.hpp"

#include "api/shown_secret.hpp"

namespace inlet::api {
namespace {

constexpr std::string_view kIndex =
    "inlet, admin listener\n"
    "\n"
    "/metrics        Prometheus\n"
    "/status         accounting as JSON\n"
    "/health/live    is the process alive\n"
    "/health/ready   can it take data\n";

}  // namespace

Call AdminHandler::begin(http::Exchange& exchange) {
    return {&exchange, ids_.next(sources_.clock.unix_ms()), {}};
}

void AdminHandler::handle(http::Request const& request, http::Exchange& exchange) {
    auto const call = begin(exchange);
    auto const path = request.path;
    if (!Health::knows(path) && !admits(request)) {
        return replier_.problem(
            call, {.status = 401,
                   .detail = "The admin token is needed: as Bearer token, or as user name.",
                   .extra_headers = "WWW-Authenticate: Basic realm=\"inlet admin\"\r\n"});
    }
    bool const known =
        path == "/" || path == "/metrics" || path == "/status" || Health::knows(path);
    if (!known)
        return replier_.problem(call, {.status = 404, .detail = "There is nothing at this path."});
    if (request.method != http::Method::get && request.method != http::Method::head) {
        return replier_.problem(call, {.status = 405,
                                       .detail = "Only GET and HEAD.",
                                       .extra_headers = "Allow: GET, HEAD\r\n"});
    }
    if (path == "/metrics") {
        // Version 0.0.4 is Prometheus' text format.
        return replier_.send(call, {.content_type = "text/plain; version=0.0.4; charset=utf-8",
                                    .body = sources_.metrics()});
    }
    if (path == "/status") return replier_.json(call, 200, sources_.status());
    if (path == "/")
        return replier_.send(call, {.content_type = "text/plain; charset=utf-8", .body = kIndex});
    sources_.health.handle(path, call, replier_, {});
}

bool AdminHandler::admits(http::Request const& request) {
    return sources_.token.empty() || sources_.token.equals(shown_secret(request, shown_));
}

void AdminHandler::refuse(unsigned status, std::string_view detail, http::Exchange& exchange) {
    replier_.problem(begin(exchange), {.status = status, .detail = detail, .close = true});
}

}  // namespace inlet::api
