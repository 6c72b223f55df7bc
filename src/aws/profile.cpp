#include "aws/profile.hpp"

#include "aws/credential_fields.hpp"

namespace inlet::aws {

std::optional<Profile> Profile::find(Settings const& settings, std::string const& name) {
    auto const found = settings.profiles.find(name);
    if (found == settings.profiles.end()) return std::nullopt;
    return Profile(name, found->second);
}

std::string Profile::get(std::string const& key) const {
    auto const found = entries_->find(key);
    return found == entries_->end() ? std::string() : found->second;
}

Result<Credentials> Profile::keys() const {
    CredentialFields fields;
    fields.access_key_id = get("aws_access_key_id");
    fields.secret_access_key = get("aws_secret_access_key");
    fields.session_token = get("aws_session_token");
    return make_credentials(std::move(fields), title());
}

Error Profile::wrong(std::string_view what) const {
    return fail(Errc::invalid, title() + ": " + std::string(what));
}

}  // namespace inlet::aws
