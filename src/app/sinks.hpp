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
#include "journal/lane_state.hpp"
#include "sink/sink.hpp"

namespace inlet::app {

// What is known of AWS; no credentials are fetched yet when it is made.
struct Aws {
    aws::Settings settings;
    std::unique_ptr<aws::CredentialSource> credentials;
};

// Asks at most the instance which region it is in, and only if nobody has said one. Errors: invalid, io.
Result<Aws> make_aws(aws::Options const& options, Clock& clock);

// True if a sink needs it.
bool wants_aws(config::Config const& config);

// All enabled sinks. `aws` may be empty if none of them wants it. Errors: invalid, io, full.
Result<std::vector<std::unique_ptr<sink::Sink>>> make_sinks(config::Config const& config,
                                                            FileSystem& fs, Clock& clock, Aws& aws);

// The lanes that none of these sinks serves, detached ones too. If rows are kept for one, the log tells so.
std::vector<journal::StoredLane> lanes_without_sink(
    std::vector<journal::StoredLane> const& stored,
    std::vector<std::unique_ptr<sink::Sink>> const& sinks);

}  // namespace inlet::app
