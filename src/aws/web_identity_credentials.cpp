#include "aws/web_identity_credentials.hpp"

#include "aws/sts.hpp"
#include "base/file.hpp"

namespace inlet::aws {
namespace {

constexpr std::size_t kMaxTokenBytes = 20'000;

}  // namespace

Result<Credentials> fetch_web_identity(ProviderContext const& context,
                                       WebIdentity const& identity) {
    TRY(auto token, read_file(posix_file_system(), identity.token_file, kMaxTokenBytes));
    while (!token.empty() && static_cast<unsigned char>(token.back()) <= ' ') token.pop_back();
    if (token.empty()) return fail(Errc::invalid, identity.token_file + " holds no token");
    RoleRequest request;
    request.role_arn = identity.role_arn;
    if (!identity.session_name.empty()) request.session_name = identity.session_name;
    return assume_role_with_web_identity(context, request, token);
}

Result<std::optional<Credentials>> WebIdentityCredentials::fetch() {
    auto const read = [&](char const* variable) {
        return context_.environment(variable).value_or("");
    };
    WebIdentity const identity{read("AWS_WEB_IDENTITY_TOKEN_FILE"), read("AWS_ROLE_ARN"),
                               read("AWS_ROLE_SESSION_NAME")};
    if (identity.token_file.empty()) return std::nullopt;
    if (identity.role_arn.empty())
        return fail(Errc::invalid, "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not");
    TRY(auto credentials, fetch_web_identity(context_, identity));
    return credentials;
}

}  // namespace inlet::aws
