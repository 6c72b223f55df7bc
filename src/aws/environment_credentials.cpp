#include "aws/environment_credentials.hpp"

#include "aws/credential_fields.hpp"

namespace inlet::aws {

Result<std::optional<Credentials>> EnvironmentCredentials::fetch() {
    auto const read = [&](char const* variable) { return environment_(variable).value_or(""); };
    CredentialFields fields;
    fields.access_key_id = read("AWS_ACCESS_KEY_ID");
    if (fields.access_key_id.empty()) return std::nullopt;
    fields.secret_access_key = read("AWS_SECRET_ACCESS_KEY");
    if (fields.secret_access_key.empty())
        return fail(Errc::invalid, "AWS_ACCESS_KEY_ID is set, AWS_SECRET_ACCESS_KEY is not");
    fields.session_token = read("AWS_SESSION_TOKEN");
    fields.expiration = read("AWS_CREDENTIAL_EXPIRATION");
    TRY(auto credentials, make_credentials(std::move(fields), "the variables AWS_*"));
    return credentials;
}

}  // namespace inlet::aws
