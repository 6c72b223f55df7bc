#include "aws/sts.hpp"

#include <utility>

#include "aws/client.hpp"
#include "aws/credential_chain.hpp"
#include "aws/failure.hpp"
#include "aws/query_api.hpp"
#include "aws/sts_reply.hpp"

namespace inlet::aws {
namespace {

constexpr std::int64_t kTimeoutMs = 10'000;  // a person may wait for this at the start
constexpr std::size_t kMaxReplyBytes = 64 << 10;

QueryForm form_of(std::string action, RoleRequest const& request) {
    QueryForm form = {{"Action", std::move(action)},
                      {"Version", "2011-06-15"},
                      {"RoleArn", request.role_arn},
                      {"RoleSessionName", request.session_name}};
    if (!request.external_id.empty()) form.emplace_back("ExternalId", request.external_id);
    if (request.duration_seconds != 0)
        form.emplace_back("DurationSeconds", std::to_string(request.duration_seconds));
    return form;
}

Result<Credentials> read_reply(HttpReply const& reply, std::string const& what) {
    if (reply.status != 200) return classify(reply).error(what);
    TRY(auto fields, read_sts_reply(reply.body, what));
    return make_credentials(std::move(fields), what);
}

}  // namespace

Result<Credentials> assume_role(ProviderContext const& context, RoleRequest const& request,
                                Credentials const& source) {
    auto const what = "AssumeRole " + request.role_arn;
    TRY(auto service, resolve_service(context.settings, "sts"));
    auto const signer = fixed_credentials(source);
    Client client(std::move(service), *signer, context.http, context.clock);
    auto const outcome = call_query(client, form_of("AssumeRole", request), kTimeoutMs);
    if (!outcome) return outcome.error().error(what);
    return read_reply(outcome.value(), what);
}

Result<Credentials> assume_role_with_web_identity(ProviderContext const& context,
                                                  RoleRequest const& request,
                                                  std::string_view token) {
    auto const what = "AssumeRoleWithWebIdentity " + request.role_arn;
    TRY(auto const service, resolve_service(context.settings, "sts"));
    auto form = form_of("AssumeRoleWithWebIdentity", request);
    form.emplace_back("WebIdentityToken", std::string(token));
    auto const body = encode_form(form);
    auto const& at = service.endpoint;
    HttpRequest http;
    http.method = "POST";
    http.url = at.scheme + "://" + at.host + at.path + "/";
    http.headers = {form_type()};
    http.body = body;
    http.timeout_ms = kTimeoutMs;
    http.max_reply_bytes = kMaxReplyBytes;
    auto const reply = context.http.send(http);
    if (!reply) return classify(reply.error()).error(what);
    return read_reply(reply.value(), what);
}

}  // namespace inlet::aws
