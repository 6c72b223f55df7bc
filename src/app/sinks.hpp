// sinks.hpp - the sinks that a configuration asks for, and what they share.
// Ownership: what make_aws() gives must outlive the sinks.
#pragma once

#include <memory>
#include <vector>

#include "aws/credentials.hpp"
#include "aws/settings.hpp"
#include "base/clock.hpp"
#include "base/file.hpp"
#include "config/config.hpp"
#include "sink/sink.hpp"

namespace inlet::app {

// What is known of AWS; nothing is fetched yet when it is made.
struct Aws {
    aws::Settings settings;
    std::unique_ptr<aws::CredentialSource> credentials;
};

Result<Aws> make_aws(aws::Options const& options, Clock& clock);

// True if a sink needs it.
bool wants_aws(config::Config const& config);

// All enabled sinks. `aws` may be empty if none of them wants it. Errors: invalid, io, full.
Result<std::vector<std::unique_ptr<sink::Sink>>> make_sinks(config::Config const& config,
                                                            FileSystem& fs, Clock& clock, Aws& aws);

}  // namespace inlet::app
