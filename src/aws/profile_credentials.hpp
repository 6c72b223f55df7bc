// profile_credentials.hpp - the credentials that a profile itself says: a web identity, its keys, or the program of
// credential_process, in this order. (A role taken with other credentials: role_credentials.hpp.)
// Errors: a profile that only says single sign-on or `aws login` is one: the text says what to write instead.
#pragma once

#include <string>

#include "aws/credential_provider.hpp"
#include "aws/profile.hpp"

namespace inlet::aws {

// Nothing if the profile says none.
Result<std::optional<Credentials>> fetch_profile(ProviderContext const& context,
                                                 Profile const& profile);

class ProfileCredentials final : public CredentialProvider {
  public:
    // The profile of the settings; it need not exist.
    explicit ProfileCredentials(ProviderContext const& context);

    [[nodiscard]] std::string_view name() const override { return name_; }
    Result<std::optional<Credentials>> fetch() override;

  private:
    ProviderContext context_;
    std::string name_;
};

}  // namespace inlet::aws
