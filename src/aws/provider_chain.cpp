#include "aws/provider_chain.hpp"

#include "aws/container_credentials.hpp"
#include "aws/environment_credentials.hpp"
#include "aws/instance_credentials.hpp"
#include "aws/profile_credentials.hpp"
#include "aws/role_credentials.hpp"
#include "aws/web_identity_credentials.hpp"

namespace inlet::aws {
namespace {

void append_listed(std::string& list, std::string_view name) {
    if (!list.empty()) list += ", ";
    list += name;
}

bool is_profile_ours(ProviderContext const& context) {
    auto from_environment = context.environment("AWS_PROFILE").value_or("");
    if (from_environment.empty())
        from_environment = context.environment("AWS_DEFAULT_PROFILE").value_or("");
    if (from_environment.empty()) from_environment = "default";
    return !context.settings.profile.empty() && context.settings.profile != from_environment;
}

}  // namespace

Result<std::optional<Credentials>> ProviderChain::fetch() {
    std::string asked;
    for (auto const& provider : providers_) {
        auto result = provider->fetch();
        if (!result) {
            auto error = std::move(result.error());
            if (!error.context.starts_with(provider->name()))
                error.context = std::string(provider->name()) + ": " + error.context;
            if (!asked.empty()) error.context += " (nothing in " + asked + ")";
            return error;
        }
        if (result.value()) {
            found_in_ = provider->name();
            return std::move(result.value());
        }
        append_listed(asked, provider->name());
    }
    return fail(Errc::not_found, "no credentials in " + asked);
}

ProviderChain::Providers default_providers(ProviderContext const& context) {
    ProviderChain::Providers all;
    bool const use_variables = !is_profile_ours(context);
    if (use_variables) all.push_back(std::make_unique<EnvironmentCredentials>(context.environment));
    all.push_back(std::make_unique<RoleCredentials>(context));
    if (use_variables) all.push_back(std::make_unique<WebIdentityCredentials>(context));
    all.push_back(std::make_unique<ProfileCredentials>(context));
    all.push_back(std::make_unique<ContainerCredentials>(context));
    all.push_back(std::make_unique<InstanceCredentials>(context));
    return all;
}

}  // namespace inlet::aws
