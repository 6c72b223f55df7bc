// credential_fields.hpp - credentials as the texts that some place gave, and what makes them usable.
// Threads: any.
#pragma once

#include <string>
#include <string_view>

#include "aws/credentials.hpp"
#include "base/error.hpp"

namespace inlet::aws {

struct CredentialFields {
    std::string access_key_id;
    std::string secret_access_key;
    std::string session_token = {};  // empty: none
    std::string expiration = {};     // ISO 8601; empty: they do not expire
};

// Errors: invalid, starting with `place`: a key is missing, a character would break a header, the time is none.
// Never repeats a value other than the time.
Result<Credentials> make_credentials(CredentialFields fields, std::string_view place);

// Text from outside, fit for an error: at most `max_bytes`, control characters replaced, no line ends.
std::string printable(std::string_view text, std::size_t max_bytes);

}  // namespace inlet::aws
