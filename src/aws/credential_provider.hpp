// credential_provider.hpp - one place where credentials may be: the environment, a profile, a container, an instance.
// Threads: one ("credentials"); Interrupt and HttpClient::cancel() end a fetch from another.
// Errors:  a place that is not configured gives nothing, and the next one is asked. A place that is configured but
//          fails gives an error, and no other is asked: somebody meant this one. Texts hold no secrets.
#pragma once

#include <optional>
#include <string_view>

#include "aws/credentials.hpp"
#include "aws/http_client.hpp"
#include "aws/interrupt.hpp"
#include "aws/settings.hpp"
#include "base/clock.hpp"

namespace inlet::aws {

class CredentialProvider {
  public:
    virtual ~CredentialProvider() = default;

    // As it stands in logs and reasons: "environment", "instance metadata".
    [[nodiscard]] virtual std::string_view name() const = 0;
    // Asks anew at each call.
    virtual Result<std::optional<Credentials>> fetch() = 0;
};

// What the places are asked with. All of it must outlive the providers.
struct ProviderContext {
    Settings const& settings;
    Environment const& environment;
    HttpClient& http;
    Clock& clock;
    Interrupt& interrupt;
};

}  // namespace inlet::aws
