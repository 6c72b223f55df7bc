#include "api/reply.hpp"

#include <array>
#include <charconv>

#include "base/json_text.hpp"
#include "base/log.hpp"

namespace inlet::api {

void Replier::send(Call const& call, http::Response response) {
    headers_.clear();
    headers_.append("X-Request-Id: ").append(call.id()).append("\r\n");
    headers_.append(call.cors).append(response.extra_headers);
    response.extra_headers = headers_;
    if (access_log_) {
        log::info("request", {{"route", call.route},
                              {"status", response.status},
                              {"bytes", response.body.size()},
                              {"source", call.key ? std::string_view(call.key->name) : "-"},
                              {"request_id", call.id()}});
    }
    call.exchange->respond(response);
}

void Replier::json(Call const& call, unsigned status, std::string_view body) {
    send(call, {.status = status, .content_type = "application/json", .body = body});
}

void Replier::problem(Call const& call, Problem const& problem) {
    body_.clear();
    JsonWriter json(body_);
    json.open('{');
    json.member("title", http::reason_phrase(problem.status));
    json.member("status", problem.status);
    json.member("detail", problem.detail);
    json.member("requestId", call.id());
    if (!problem.errors.empty()) {
        json.key("errors");
        json.open('[');
        for (auto const& error : problem.errors) {
            json.open('{');
            json.member("pointer", error.pointer);
            json.member("detail", error.detail);
            json.close('}');
        }
        json.close(']');
    }
    json.close('}');
    send(call, {.status = problem.status,
                .content_type = "application/problem+json",
                .body = body_,
                .extra_headers = problem.extra_headers,
                .close = problem.close});
}

void Replier::accepted(Call const& call, std::uint32_t rows,
                       std::span<std::string const> warnings) {
    // By hand: it is written for every request, and nothing in it but warnings needs escaping.
    std::array<char, 10> digits;
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), rows).ptr;
    body_ = R"({"accepted":)";
    body_.append(digits.data(), end).append(R"(,"requestId":")").append(call.id()).append("\"");
    for (std::size_t i = 0; i < warnings.size(); ++i) {
        body_ += i == 0 ? R"(,"warnings":[)" : ",";
        append_json_string(body_, warnings[i]);
    }
    body_ += warnings.empty() ? "}" : "]}";
    json(call, 200, body_);
}

std::string retry_after(std::int64_t seconds) {
    return "Retry-After: " + std::to_string(seconds) + "\r\n";
}

}  // namespace inlet::api
