// container_credentials.hpp - the credentials of an ECS task or an EKS pod, from an address that the platform tells:
// AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI, with the secret of
// AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE (read at each fetch) or AWS_CONTAINER_AUTHORIZATION_TOKEN.
// Errors: invalid: an address that the secret must not go to, a secret with a line end, a reply that is none.
// Bounds: 3 attempts of 2 s with 1 s between them, as botocore; a reply of 64 KiB.
#pragma once

#include <string>
#include <string_view>

#include "aws/credential_provider.hpp"

namespace inlet::aws {

// https to anybody; http only to this host and to the addresses of the platforms.
Result<void> check_container_url(std::string_view url);

class ContainerCredentials final : public CredentialProvider {
  public:
    explicit ContainerCredentials(ProviderContext const& context) : context_(context) {}

    [[nodiscard]] std::string_view name() const override { return "container"; }
    Result<std::optional<Credentials>> fetch() override;

  private:
    struct Attempt {
        Result<Credentials> result;
        bool again;  // another try may give something else
    };
    [[nodiscard]] Result<std::string> url() const;  // empty: there is none
    [[nodiscard]] Result<std::string> authorization() const;
    Attempt ask(HttpRequest const& request);

    ProviderContext context_;
};

}  // namespace inlet::aws
