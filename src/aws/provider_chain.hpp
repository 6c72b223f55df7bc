// provider_chain.hpp - asks places for credentials one after the other, until one has some or fails.
// Threads: one.
// Errors:  of the place that failed, with what was asked before it; not_found if none has any.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "aws/credential_provider.hpp"

namespace inlet::aws {

class ProviderChain final : public CredentialProvider {
  public:
    using Providers = std::vector<std::unique_ptr<CredentialProvider>>;
    explicit ProviderChain(Providers providers) : providers_(std::move(providers)) {}

    // The place that the last credentials came from.
    [[nodiscard]] std::string_view name() const override { return found_in_; }
    Result<std::optional<Credentials>> fetch() override;

  private:
    Providers providers_;
    std::string found_in_ = "nowhere";
};

// All places in the order of botocore: environment; role of the profile; web identity; the profile itself; container;
// instance. A profile that was asked for by our configuration rather than by AWS_PROFILE is stronger than keys and
// web identity in the environment, which are then not looked at.
ProviderChain::Providers default_providers(ProviderContext const& context);

}  // namespace inlet::aws
