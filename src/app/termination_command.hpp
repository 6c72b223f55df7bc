// termination_command.hpp - `inlet drain --on-termination`: waits until this EC2 instance is about to end, then stops the
// server and drains its journal, and holds the end up meanwhile if it waits in a lifecycle hook. The server goes on until
// the hook waits: before that the load balancer may still send it connections.
// Exit status: 0 drained, 1 something is left, 2 not possible. SIGTERM ends it at any time, without loss.
// Sources:     "Amazon EC2 Auto Scaling lifecycle hooks": a hook waits for its heartbeat time-out, 30 s at least, and for
//              100 of them or 48 hours at most; it becomes active when the load balancer has let the instance go, by
//              default within 300 s. "Spot Instance interruption notices": two minutes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/file.hpp"
#include "config/config.hpp"

namespace inlet::app {

struct TerminationRequest {
    // Taken apart as a shell would, but run without one.
    std::string stop_command = "systemctl stop inlet.socket inlet-tls.socket inlet.service";
    std::string lifecycle_hook = {};  // empty: none
    std::string auto_scaling_group = {};
    std::int64_t timeout_ms = 48 * 3'600'000LL;
    std::int64_t poll_ms = 5'000;        // of the instance's metadata
    std::int64_t heartbeat_ms = 15'000;  // below the hook's own time-out
    std::int64_t hook_wait_ms =
        6 * 60'000;  // for the hook, before the server is stopped all the same
};

int drain_on_termination(config::Config const& config, FileSystem& fs, Clock& clock,
                         TerminationRequest const& request);

}  // namespace inlet::app
