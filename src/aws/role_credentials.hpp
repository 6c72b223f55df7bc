// role_credentials.hpp - a profile's role_arn, taken with the credentials of its source_profile or credential_source.
// A source may be a role itself; a circle is an error.
// Errors: invalid: both sources or none, an unknown one, a profile that is not there, a device for a second factor
//         (mfa_serial), a duration that STS does not take.
#pragma once

#include <string>
#include <vector>

#include "aws/credential_provider.hpp"
#include "aws/profile.hpp"

namespace inlet::aws {

class RoleCredentials final : public CredentialProvider {
  public:
    // The role of the settings' profile; neither need exist.
    explicit RoleCredentials(ProviderContext const& context);

    [[nodiscard]] std::string_view name() const override { return name_; }
    Result<std::optional<Credentials>> fetch() override;

  private:
    // `visited`: the profiles on the way to this one, and itself.
    using Visited = std::vector<std::string>;
    Result<Credentials> take_role(Profile const& profile, Visited& visited);
    Result<Credentials> source_of(Profile const& profile, Visited& visited);
    Result<Credentials> from_profile(Profile const& profile, Visited& visited);
    Result<Credentials> from_place(Profile const& profile, std::string const& place);

    ProviderContext context_;
    std::string name_;
};

}  // namespace inlet::aws
