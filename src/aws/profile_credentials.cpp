#include "aws/profile_credentials.hpp"

#include "aws/process_credentials.hpp"
#include "aws/web_identity_credentials.hpp"

namespace inlet::aws {
namespace {

// The reason, with the profile that said so.
Error in_profile(Profile const& profile, Error error) {
    error.context = profile.title() + ": " + error.context;
    return error;
}

Result<Credentials> fetch_web_identity_of(ProviderContext const& context, Profile const& profile) {
    if (!profile.has("role_arn"))
        return profile.wrong("web_identity_token_file is set, role_arn is not");
    return fetch_web_identity(context, {profile.get("web_identity_token_file"),
                                        profile.get("role_arn"), profile.get("role_session_name")});
}

bool needs_a_browser(Profile const& profile) {
    return profile.has("sso_session") || profile.has("sso_start_url") ||
           profile.has("sso_account_id") || profile.has("sso_role_name") ||
           profile.has("login_session");
}

}  // namespace

Result<std::optional<Credentials>> fetch_profile(ProviderContext const& context,
                                                 Profile const& profile) {
    auto const answer = [&](Result<Credentials> result) -> Result<std::optional<Credentials>> {
        if (!result) return in_profile(profile, std::move(result.error()));
        return std::move(result.value());
    };
    if (profile.has("web_identity_token_file")) {
        auto result = fetch_web_identity_of(context, profile);
        return answer(std::move(result));
    }
    if (profile.has_keys()) {
        TRY(auto keys, profile.keys());
        return keys;
    }
    if (profile.has("credential_process"))
        return answer(run_credential_process(profile.get("credential_process"), context.interrupt));
    if (needs_a_browser(profile)) {
        return profile.wrong(
            "single sign-on (sso_*) and login_session are not supported; write into another "
            "profile: "
            "credential_process = aws configure export-credentials --profile " +
            profile.name() + " --format process");
    }
    return std::nullopt;
}

ProfileCredentials::ProfileCredentials(ProviderContext const& context)
    : context_(context), name_("profile \"" + context.settings.profile + "\"") {}

Result<std::optional<Credentials>> ProfileCredentials::fetch() {
    auto const profile = Profile::find(context_.settings, context_.settings.profile);
    if (!profile) return std::nullopt;
    return fetch_profile(context_, *profile);
}

}  // namespace inlet::aws
