// environment_credentials.hpp - AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_CREDENTIAL_EXPIRATION.
#pragma once

#include "aws/credential_provider.hpp"

namespace inlet::aws {

class EnvironmentCredentials final : public CredentialProvider {
  public:
    explicit EnvironmentCredentials(Environment const& environment) : environment_(environment) {}

    [[nodiscard]] std::string_view name() const override { return "environment"; }
    Result<std::optional<Credentials>> fetch() override;

  private:
    Environment const& environment_;
};

}  // namespace inlet::aws
