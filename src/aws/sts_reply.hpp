// sts_reply.hpp - the XML in which the Security Token Service hands out credentials.
// Threads: any.
#pragma once

#include <string_view>

#include "aws/credential_fields.hpp"
#include "base/error.hpp"

namespace inlet::aws {

// The members of <Credentials>; a session token and an expiration are required, make_credentials() wants the rest.
// Errors: invalid, starting with `place`; the text is never repeated, it may hold secrets.
Result<CredentialFields> read_sts_reply(std::string_view xml, std::string_view place);

}  // namespace inlet::aws
