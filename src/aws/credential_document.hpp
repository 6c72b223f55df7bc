// credential_document.hpp - the JSON objects in which credentials come: from container and instance metadata, and from
// a credential_process. What comes is not trusted: any text gives a value or an error.
// Threads: any.
// Errors:  invalid, starting with `place`. The text itself is never repeated, it may hold secrets.
#pragma once

#include <string>
#include <string_view>

#include "aws/credentials.hpp"
#include "base/error.hpp"

namespace inlet::aws {

// {"AccessKeyId","SecretAccessKey","Token","Expiration"}, all required; or {"Code","Message"}, which says why not.
Result<Credentials> read_metadata_document(std::string_view json, std::string_view place);

// {"Version":1,"AccessKeyId","SecretAccessKey","SessionToken"?,"Expiration"?}
Result<Credentials> read_process_document(std::string_view json, std::string_view place);

// "AccessDenied: not for you" of {"code":..., "message":...} in either case; empty if it has neither.
std::string reason_in_document(std::string_view json);

}  // namespace inlet::aws
