// credential_chain.hpp - finds credentials where the AWS tools do, in their order, and keeps them fresh: environment; the
// profile's role; web identity; the profile itself (web identity, its keys, credential_process); container; instance.
// Threads:   any. Fetching happens on a thread of its own ("credentials"), so that nobody waits for it while there
//            are credentials that have not expired; the first get() waits until the first fetch has ended.
// Ownership: owns its HTTP client and copies of the settings; `clock` must outlive it.
// Refresh:   tried from 15 minutes before they expire, needed from 10 minutes before, as botocore does.
// Bounds:    get() waits at most 10 s, and not at all once a fetch has failed (credential_cache.hpp).
#pragma once

#include <memory>

#include "aws/credentials.hpp"
#include "aws/settings.hpp"
#include "base/clock.hpp"

namespace inlet::aws {

// Starts fetching; never blocks. The destructor ends the thread.
std::unique_ptr<CredentialSource> make_credential_chain(Settings const& settings,
                                                        Environment const& environment,
                                                        Clock& clock);

// Credentials that do not change, for tests.
std::unique_ptr<CredentialSource> fixed_credentials(Credentials credentials);

}  // namespace inlet::aws
