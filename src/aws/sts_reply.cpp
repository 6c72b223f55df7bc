#include "aws/sts_reply.hpp"

#include <string>

#include "aws/xml.hpp"

namespace inlet::aws {

Result<CredentialFields> read_sts_reply(std::string_view xml, std::string_view place) {
    auto const wrong = [&](char const* what) {
        return fail(Errc::invalid, std::string(place) + ": " + what);
    };
    auto const root = read_xml(xml);
    if (!root) return wrong("the reply is no XML");
    // <AssumeRoleResponse><AssumeRoleResult><Credentials>, alike for the other call
    for (auto const& result : root.value().children) {
        auto const* const found = result.child("Credentials");
        if (found == nullptr) continue;
        CredentialFields fields;
        fields.access_key_id = found->text_at("AccessKeyId");
        fields.secret_access_key = found->text_at("SecretAccessKey");
        fields.session_token = found->text_at("SessionToken");
        fields.expiration = found->text_at("Expiration");
        if (fields.session_token.empty()) return wrong("the session token is missing");
        if (fields.expiration.empty()) return wrong("the expiration is missing");
        return fields;
    }
    return wrong("the reply has no credentials");
}

}  // namespace inlet::aws
