// metrics.hpp - reads every module's Stats at the moment of the scrape. Only here is Prometheus known.
// Names: inlet_<module>_<what>_<unit>[_total]; tests/e2e/metrics.txt lists them all, because people build on them.
// Threads: any.
#pragma once

#include <cstdint>
#include <string>

#include "api/admission.hpp"
#include "api/stats.hpp"
#include "base/clock.hpp"
#include "delivery/delivery.hpp"
#include "http/server.hpp"
#include "journal/journal.hpp"

namespace inlet::metrics {

struct Sources {
    api::Stats const& api;
    api::Admission const& admission;
    http::Stats const& http;
    journal::Journal const& journal;
    delivery::Delivery const& delivery;
    Clock& clock;
    std::int64_t started_ms;  // Unix time
};

// Prometheus text format 0.0.4.
std::string prometheus_text(Sources const& sources);

// The accounting, for people and scripts: received = accepted + rejected, and per lane
// accepted rows = delivered + pending + quarantined + detached + damaged.
std::string status_json(Sources const& sources);

// Of one lane, with what only the journal knows.
struct LaneAccount {
    std::uint64_t pending;       // rows that are accepted and not handled yet
    std::int64_t oldest_age_ms;  // of the oldest of them; 0: none
};
LaneAccount account(Sources const& sources, delivery::LaneStats const& lane);

}  // namespace inlet::metrics
