// sts.hpp - the two calls of the Security Token Service that turn one proof of identity into credentials of a role.
// Threads: one.
// Errors:  invalid (no region; a reply that is none), rejected, unavailable, timeout, stopping, as Failure::error().
// Source:  AWS STS API reference, AssumeRole and AssumeRoleWithWebIdentity, version 2011-06-15.
#pragma once

#include <string>
#include <string_view>

#include "aws/credential_fields.hpp"
#include "aws/credential_provider.hpp"

namespace inlet::aws {

struct RoleRequest {
    std::string role_arn;
    std::string session_name = "inlet";  // in the account's audit log
    std::string external_id = {};        // empty: none
    int duration_seconds = 0;            // 0: as the service says, an hour
};

// Signed with `source`.
Result<Credentials> assume_role(ProviderContext const& context, RoleRequest const& request,
                                Credentials const& source);
// Not signed: the token is the proof.
Result<Credentials> assume_role_with_web_identity(ProviderContext const& context,
                                                  RoleRequest const& request,
                                                  std::string_view token);

}  // namespace inlet::aws
