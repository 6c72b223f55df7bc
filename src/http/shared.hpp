// shared.hpp - what the io threads of one server have in common.
#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "base/ip_network.hpp"
#include "http/connection_limits.hpp"
#include "http/server.hpp"
#include "http/tls_context.hpp"

namespace inlet::http {

// What all connections of one listening socket have in common.
struct ListenerKind {
    bool tls = false;
    bool proxied = false;  // each begins with a header of the PROXY protocol
};

struct Shared {
    Shared(Options o, Clock& c)
        : options(std::move(o)),
          clock(c),
          connection_limits(options.limits.max_connections,
                            options.limits.max_connections_per_address) {}

    Options const options;
    Clock& clock;
    Stats stats;
    ConnectionLimits connection_limits;
    std::unique_ptr<TlsContext> tls;  // null without TLS listeners
    std::vector<IpNetwork> trusted_proxies;
    std::atomic<bool> stopping{false};
};

}  // namespace inlet::http
