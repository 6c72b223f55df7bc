// termination_notice.hpp - whether this EC2 instance is about to end, as its metadata says.
// Threads: one.
// Sources: "Retrieve the target lifecycle state through instance metadata" (EC2 Auto Scaling user guide) and "Spot
//          Instance interruption notices" (EC2 user guide); both are to be asked every 5 seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "aws/instance_metadata.hpp"

namespace inlet::aws {

struct TerminationNotice {
    std::string reason;  // "autoscaling/target-lifecycle-state is Terminated"
    // When the instance is ended, if it cannot be held up: a spot instance.
    std::optional<std::int64_t> ends_at_unix_ms = std::nullopt;
};

// Nothing: no end is announced. Errors: as InstanceMetadata::get().
Result<std::optional<TerminationNotice>> termination_notice(InstanceMetadata& metadata);

// {"action": "terminate", "time": "2026-11-22T11:04:02Z"}. Nothing for "hibernate", after which all goes on.
// Errors: invalid.
Result<std::optional<TerminationNotice>> read_spot_action(std::string_view json);

}  // namespace inlet::aws
