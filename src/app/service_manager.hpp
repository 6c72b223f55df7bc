// service_manager.hpp - what systemd and inlet tell each other: readiness, watchdog, inherited sockets.
// The protocols are sd_notify(3) and sd_listen_fds(3); without their environment variables nothing happens.
// Threads: notify() any; the rest main, before others start.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace inlet::app {

// Sends "READY=1", "STOPPING=1", "WATCHDOG=1", "STATUS=..." to $NOTIFY_SOCKET. Never blocks, never fails.
void notify(std::string_view message);

// How often "WATCHDOG=1" is expected at the latest, in milliseconds; 0: nobody expects it.
std::int64_t watchdog_interval_ms();

struct InheritedSockets {
    std::vector<int> plain;
    std::vector<int> tls;    // those named "https"
    std::vector<int> admin;  // those named "admin"
};
// Takes the sockets of socket activation, by the names that the socket unit gave them (FileDescriptorName=).
InheritedSockets inherited_sockets();

}  // namespace inlet::app
