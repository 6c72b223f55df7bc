// web_identity_credentials.hpp - a role taken with a token that a platform writes into a file (EKS service accounts).
// The file is read at each fetch: the platform replaces it.
// Bounds: a token of 20,000 bytes, as STS takes it.
#pragma once

#include <string>

#include "aws/credential_provider.hpp"

namespace inlet::aws {

struct WebIdentity {
    std::string token_file;
    std::string role_arn;
    std::string session_name;  // empty: ours
};

Result<Credentials> fetch_web_identity(ProviderContext const& context, WebIdentity const& identity);

// AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN, AWS_ROLE_SESSION_NAME.
class WebIdentityCredentials final : public CredentialProvider {
  public:
    explicit WebIdentityCredentials(ProviderContext const& context) : context_(context) {}

    [[nodiscard]] std::string_view name() const override { return "web identity"; }
    Result<std::optional<Credentials>> fetch() override;

  private:
    ProviderContext context_;
};

}  // namespace inlet::aws
