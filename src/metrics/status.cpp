#include <algorithm>

#include "base/json_text.hpp"
#include "base/time.hpp"
#include "metrics/metrics.hpp"

namespace inlet::metrics {
namespace {

std::string_view to_string(journal::Health health) {
    switch (health) {
        case journal::Health::ok:
            return "ok";
        case journal::Health::failing:
            return "failing";
        case journal::Health::full:
            return "full";
        case journal::Health::stopping:
            return "stopping";
    }
    return "unknown";
}

void write_requests(JsonWriter& json, api::Stats const& stats) {
    json.key("requests");
    json.open('{');
    json.member("received", stats.received_requests.get());
    json.member("accepted", stats.accepted_requests.get());
    std::uint64_t rejected = 0;
    for (auto const& counter : stats.rejected_requests) rejected += counter.get();
    json.member("rejected", rejected);
    json.key("rejectedBy");
    json.open('{');
    for (std::size_t i = 0; i < api::kRejections; ++i) {
        auto const n = stats.rejected_requests[i].get();
        if (n > 0) json.member(api::to_string(static_cast<api::Rejection>(i)), n);
    }
    json.close('}');
    json.close('}');
}

void write_keys(JsonWriter& json, api::WriteKeys const& keys) {
    json.key("writeKeys");
    json.open('[');
    for (auto const& key : keys.all()) {
        json.open('{');
        json.member("source", key->name);
        json.member("key", key->number);
        json.member("requests", key->requests.get());
        json.member("limited", key->limited.get());
        json.member("acceptedRows", key->accepted_rows.get());
        json.close('}');
    }
    json.close(']');
}

void write_journal(JsonWriter& json, journal::Journal const& journal) {
    auto const& stats = journal.stats();
    json.key("journal");
    json.open('{');
    json.member("health", to_string(journal.health()));
    json.member("node", journal.node());
    json.member("acceptedRows", journal.synced().seq - 1);
    json.member("undeliveredBytes", stats.undelivered_bytes.get());
    json.member("segments", stats.segments.get());
    json.member("queueBytes", stats.queue_bytes.get());
    json.member("commits", stats.commits.get());
    json.member("failedCommits", stats.failed_commits.get());
    json.close('}');
}

void write_lane(JsonWriter& json, Sources const& sources,
                delivery::Delivery::LaneView const& view) {
    auto const& lane = *view.stats;
    auto const account = metrics::account(sources, lane);
    json.open('{');
    json.member("name", view.name);
    json.member("delivered", lane.delivered.get());
    json.member("pending", account.pending);
    json.member("quarantined", lane.quarantined.get());
    json.member("detached", lane.detached.get());
    json.member("damaged", lane.damaged.get());
    json.member("otherTypes", lane.other_types.get());
    json.member("retried", lane.retried.get());
    json.member("maybeDuplicated", lane.maybe_duplicated.get());
    json.member("throttled", lane.throttled.get());
    json.member("bytesDelivered", lane.delivered_bytes.get());
    json.member("bytesSent", lane.sent_bytes.get());
    json.member("bytesBilled", lane.billed_bytes.get());
    json.member("oldestUndeliveredMs", account.oldest_age_ms);
    json.member("failing", lane.failing.get() != 0);
    json.member("holding", lane.holding.get() != 0);
    auto const error = lane.last_error.with([](std::string const& text) { return text; });
    if (!error.empty()) json.member("lastError", error);
    json.close('}');
}

}  // namespace

LaneAccount account(Sources const& sources, delivery::LaneStats const& lane) {
    auto const end_seq = sources.journal.synced().seq;
    auto const cursor_seq = lane.cursor_seq.get();
    auto const oldest = static_cast<std::int64_t>(lane.oldest_received_ms.get());
    return {end_seq > cursor_seq ? end_seq - cursor_seq : 0,
            oldest == 0 ? 0 : std::max<std::int64_t>(0, sources.clock.unix_ms() - oldest)};
}

std::string status_json(Sources const& sources) {
    std::string out;
    JsonWriter json(out);
    json.open('{');
    json.member("version", std::string_view(INLET_VERSION));
    json.member("startedAt", iso_time(sources.started_ms));
    write_requests(json, sources.api);
    json.key("acceptedRows");
    json.open('{');
    json.member("track", sources.api.accepted_rows[0].get());
    json.member("alias", sources.api.accepted_rows[1].get());
    json.member("profile", sources.api.accepted_rows[2].get());
    json.close('}');
    write_keys(json, sources.admission.keys());
    write_journal(json, sources.journal);
    json.key("lanes");
    json.open('[');
    for (auto const& view : sources.delivery.lanes()) write_lane(json, sources, view);
    json.close(']');
    json.key("connections");
    json.open('{');
    json.member("open", sources.http.connections.get());
    json.member("accepted", sources.http.accepted.get());
    json.close('}');
    json.close('}');
    out += '\n';
    return out;
}

}  // namespace inlet::metrics
