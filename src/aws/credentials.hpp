// credentials.hpp - what requests are signed with, and where it comes from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.hpp"

namespace inlet::aws {

struct Credentials {
    std::string access_key_id;
    std::string secret_access_key;
    std::string session_token = {};                              // temporary ones have one
    std::optional<std::int64_t> expires_unix_ms = std::nullopt;  // nothing: they do not expire
};

// Threads: any.
class CredentialSource {
  public:
    virtual ~CredentialSource() = default;

    // Credentials to sign with now. Does not wait for the network while it has some that are valid.
    // Errors: unavailable, with a reason that names every place that was tried; stopping, after stop_waiting().
    virtual Result<Credentials> get() = 0;
    // A service refused these as expired or unknown: the next get() fetches new ones.
    virtual void refused(Credentials const& credentials) = 0;
    // From now on get() never waits, whoever asks: it gives what there is, credentials or an error.
    virtual void stop_waiting() = 0;
};

}  // namespace inlet::aws
