// instance_credentials.hpp - the credentials of the role that is attached to this EC2 instance.
// Errors:  always one if there are none, as it is the last place that is asked; nothing only if it is disabled.
// Staleness: during a fault of its own, AWS goes on handing out credentials after they expired and goes on taking
//          them: they are then used on, and asked for again within the half hour.
#pragma once

#include <string>

#include "aws/credential_provider.hpp"

namespace inlet::aws {

class InstanceCredentials final : public CredentialProvider {
  public:
    explicit InstanceCredentials(ProviderContext const& context) : context_(context) {}

    [[nodiscard]] std::string_view name() const override { return "instance metadata"; }
    Result<std::optional<Credentials>> fetch() override;

  private:
    ProviderContext context_;
};

}  // namespace inlet::aws
