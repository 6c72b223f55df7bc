// shown_secret.hpp - the key or token that a request shows: X-Write-Key, or else Authorization as Bearer, or as
// Basic with the secret as user name and any password.
// Threads: one for each `scratch`, which is kept from request to request so that nothing is allocated.
#pragma once

#include <string>

#include "base/secret.hpp"
#include "http/message.hpp"

namespace inlet::api {

// Empty if none is shown, or in no form that is known.
Secret shown_secret(http::Request const& request, std::string& scratch);

}  // namespace inlet::api
