#include "aws/role_credentials.hpp"

#include <algorithm>
#include <charconv>

#include "aws/container_credentials.hpp"
#include "aws/environment_credentials.hpp"
#include "aws/instance_credentials.hpp"
#include "aws/profile_credentials.hpp"
#include "aws/sts.hpp"

namespace inlet::aws {
namespace {

// AssumeRole, DurationSeconds.
constexpr int kMinSeconds = 900;
constexpr int kMaxSeconds = 43'200;

Result<int> duration_of(Profile const& profile) {
    auto const text = profile.get("duration_seconds");
    if (text.empty()) return 0;
    int seconds = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error != std::errc() || end != text.data() + text.size() || seconds < kMinSeconds ||
        seconds > kMaxSeconds)
        return profile.wrong("duration_seconds must be a number from 900 to 43200");
    return seconds;
}

Result<RoleRequest> request_of(Profile const& profile) {
    if (profile.has("mfa_serial"))
        return profile.wrong("mfa_serial is not supported: nobody is here to type a code");
    RoleRequest request;
    request.role_arn = profile.get("role_arn");
    request.external_id = profile.get("external_id");
    if (profile.has("role_session_name")) request.session_name = profile.get("role_session_name");
    TRY(request.duration_seconds, duration_of(profile));
    return request;
}

std::unique_ptr<CredentialProvider> make_place(ProviderContext const& context,
                                               std::string const& place) {
    if (place == "Environment")
        return std::make_unique<EnvironmentCredentials>(context.environment);
    if (place == "Ec2InstanceMetadata") return std::make_unique<InstanceCredentials>(context);
    if (place == "EcsContainer") return std::make_unique<ContainerCredentials>(context);
    return nullptr;
}

}  // namespace

RoleCredentials::RoleCredentials(ProviderContext const& context)
    : context_(context), name_("role of profile \"" + context.settings.profile + "\"") {}

Result<std::optional<Credentials>> RoleCredentials::fetch() {
    auto const profile = Profile::find(context_.settings, context_.settings.profile);
    if (!profile || !profile->has_role()) return std::nullopt;
    Visited visited{profile->name()};
    TRY(auto credentials, take_role(*profile, visited));
    return credentials;
}

Result<Credentials> RoleCredentials::take_role(Profile const& profile, Visited& visited) {
    TRY(auto const request, request_of(profile));
    TRY(auto const source, source_of(profile, visited));
    return assume_role(context_, request, source);
}

Result<Credentials> RoleCredentials::source_of(Profile const& profile, Visited& visited) {
    auto const source_name = profile.get("source_profile");
    auto const place = profile.get("credential_source");
    if (!source_name.empty() && !place.empty())
        return profile.wrong("has both source_profile and credential_source");
    if (!place.empty()) return from_place(profile, place);
    if (source_name.empty())
        return profile.wrong("role_arn needs source_profile or credential_source");
    auto const source = Profile::find(context_.settings, source_name);
    if (!source) return profile.wrong("source_profile \"" + source_name + "\" does not exist");
    // A profile may name itself: its keys are then the source of its role.
    if (source_name == profile.name() && source->has_keys()) return source->keys();
    if (std::find(visited.begin(), visited.end(), source_name) != visited.end())
        return profile.wrong("source_profile \"" + source_name + "\" closes a circle");
    visited.push_back(source_name);
    return from_profile(*source, visited);
}

Result<Credentials> RoleCredentials::from_profile(Profile const& profile, Visited& visited) {
    if (profile.has_keys()) return profile.keys();  // stronger than its role, if it is a source
    if (profile.has_role()) return take_role(profile, visited);
    TRY(auto credentials, fetch_profile(context_, profile));
    if (!credentials) return profile.wrong("is a source_profile and has no credentials");
    return std::move(*credentials);
}

Result<Credentials> RoleCredentials::from_place(Profile const& profile, std::string const& place) {
    auto const provider = make_place(context_, place);
    if (!provider) {
        return profile.wrong("credential_source \"" + place +
                             "\" is none of Environment, Ec2InstanceMetadata, EcsContainer");
    }
    TRY(auto credentials, provider->fetch());
    if (!credentials) return profile.wrong("credential_source " + place + " has no credentials");
    return std::move(*credentials);
}

}  // namespace inlet::aws
