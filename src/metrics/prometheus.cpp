#include <limits>
#include <map>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <utility>
#include <vector>

#include "event/event.hpp"
#include "metrics/metrics.hpp"

namespace inlet::metrics {
namespace {

using Labels = std::vector<std::pair<std::string, std::string>>;

// Collects families in the order in which they are first named.
class Families {
  public:
    void counter(std::string const& name, std::string const& help, std::uint64_t value,
                 Labels const& labels = {}) {
        auto& metric = add(name, help, prometheus::MetricType::Counter, labels);
        metric.counter.value = static_cast<double>(value);
    }
    void gauge(std::string const& name, std::string const& help, double value,
               Labels const& labels = {}) {
        auto& metric = add(name, help, prometheus::MetricType::Gauge, labels);
        metric.gauge.value = value;
    }
    void histogram(std::string const& name, std::string const& help,
                   LatencyHistogram const& source) {
        auto& metric = add(name, help, prometheus::MetricType::Histogram, {});
        std::uint64_t total = 0;
        for (std::size_t i = 0; i < source.buckets.size(); ++i) {
            total += source.buckets[i].get();
            double const bound = i < LatencyHistogram::kBounds.size()
                                     ? static_cast<double>(LatencyHistogram::kBounds[i]) / 1e6
                                     : std::numeric_limits<double>::infinity();
            metric.histogram.bucket.push_back({total, bound});
        }
        metric.histogram.sample_count = total;
        metric.histogram.sample_sum = static_cast<double>(source.sum_us.get()) / 1e6;
    }
    [[nodiscard]] std::string text() const {
        return prometheus::TextSerializer().Serialize(families_);
    }

  private:
    prometheus::ClientMetric& add(std::string const& name, std::string const& help,
                                  prometheus::MetricType type, Labels const& labels) {
        auto const [place, is_new] = index_.emplace(name, families_.size());
        if (is_new) families_.push_back({name, help, type, {}});
        auto& metric = families_[place->second].metric.emplace_back();
        for (auto const& [key, value] : labels) metric.label.push_back({key, value});
        return metric;
    }

    std::vector<prometheus::MetricFamily> families_;
    std::map<std::string, std::size_t> index_;
};

double seconds(std::int64_t ms) {
    return static_cast<double>(ms) / 1e3;
}
double number(Counter const& counter) {
    return static_cast<double>(counter.get());
}

void add_api(Families& out, api::Stats const& stats) {
    out.counter("inlet_api_received_requests_total",
                "Requests to the three POST routes, and unreadable ones.",
                stats.received_requests.get());
    out.counter("inlet_api_accepted_requests_total",
                "Requests answered with 200: their rows are on disk.",
                stats.accepted_requests.get());
    for (std::size_t i = 0; i < api::kRejections; ++i) {
        out.counter("inlet_api_rejected_requests_total",
                    "Requests answered with an error, by reason.", stats.rejected_requests[i].get(),
                    {{"reason", std::string(api::to_string(static_cast<api::Rejection>(i)))}});
    }
    for (std::size_t i = 0; i < stats.accepted_rows.size(); ++i) {
        auto const kind = static_cast<event::Kind>(i + 1);
        out.counter("inlet_api_accepted_rows_total", "Rows of accepted requests, by type.",
                    stats.accepted_rows[i].get(), {{"type", std::string(event::to_string(kind))}});
    }
    out.counter("inlet_api_warnings_total", "Warnings given with a 200.", stats.warnings.get());
}

void add_admission(Families& out, api::Admission const& admission) {
    for (auto const& key : admission.keys().all()) {
        Labels const labels = {{"source", key->name}, {"key", std::to_string(key->number)}};
        out.counter("inlet_api_key_requests_total", "Requests that showed this write key.",
                    key->requests.get(), labels);
        out.counter("inlet_api_key_limited_requests_total",
                    "Requests with this write key that were too many.", key->limited.get(), labels);
        out.counter("inlet_api_key_accepted_rows_total",
                    "Rows of accepted requests with this write key.", key->accepted_rows.get(),
                    labels);
    }
    out.counter("inlet_api_forgotten_addresses_total",
                "Client addresses whose limit was forgotten for want of memory.",
                admission.addresses().forgotten().get());
}

void add_http(Families& out, http::Stats const& stats) {
    out.gauge("inlet_http_connections", "Open connections.", number(stats.connections));
    out.counter("inlet_http_accepted_connections_total", "Connections accepted.",
                stats.accepted.get());
    out.counter("inlet_http_refused_connections_total",
                "Connections refused by a connection limit.", stats.refused_connections.get());
    out.counter("inlet_http_accept_pauses_total",
                "Pauses in accepting for want of descriptors or memory.",
                stats.accept_pauses.get());
    out.counter("inlet_http_requests_total", "Requests read whole.", stats.requests.get());
    out.counter("inlet_http_received_bytes_total", "Bytes read from clients.",
                stats.bytes_received.get());
    out.counter("inlet_http_sent_bytes_total", "Bytes written to clients.", stats.bytes_sent.get());
    for (std::size_t i = 1; i < stats.responses.size(); ++i) {
        out.counter("inlet_http_responses_total", "Replies, by class of status.",
                    stats.responses[i].get(), {{"class", std::to_string(i) + "xx"}});
    }
    std::pair<char const*, Counter const*> const refused[] = {
        {"syntax", &stats.refused_syntax},
        {"head_too_large", &stats.refused_head_too_large},
        {"target_too_long", &stats.refused_target_too_long},
        {"body_too_large", &stats.refused_body_too_large},
        {"buffers_full", &stats.refused_buffers_full},
    };
    for (auto const& [reason, counter] : refused) {
        out.counter("inlet_http_refused_requests_total",
                    "Requests refused before a route was looked at, by reason.", counter->get(),
                    {{"reason", reason}});
    }
    std::pair<char const*, Counter const*> const proxy_errors[] = {
        {"malformed", &stats.proxy_headers_malformed},
        {"untrusted", &stats.proxy_headers_untrusted},
    };
    for (auto const& [reason, counter] : proxy_errors) {
        out.counter("inlet_http_proxy_errors_total",
                    "Connections closed for their PROXY header, by reason.", counter->get(),
                    {{"reason", reason}});
    }
    std::pair<char const*, Counter const*> const timeouts[] = {
        {"header", &stats.timeouts_header},
        {"body", &stats.timeouts_body},
        {"idle", &stats.timeouts_idle},
        {"write", &stats.timeouts_write},
    };
    for (auto const& [phase, counter] : timeouts) {
        out.counter("inlet_http_timeouts_total", "Deadlines that clients missed, by phase.",
                    counter->get(), {{"phase", phase}});
    }
    out.counter("inlet_tls_handshake_errors_total", "TLS handshakes that failed.",
                stats.tls_handshake_errors.get());
    out.counter("inlet_tls_reloads_total", "Certificates taken into use after the first.",
                stats.tls_reloads.get());
    out.counter("inlet_tls_reload_errors_total", "New certificates that were refused.",
                stats.tls_reload_errors.get());
    out.gauge("inlet_tls_certificate_not_after_seconds",
              "Unix time at which the certificate in use ends; 0: no TLS.",
              number(stats.tls_not_after_seconds));
    out.histogram("inlet_http_request_seconds", "From the last byte of a request to its reply.",
                  stats.request_time);
}

void add_journal(Families& out, journal::Journal const& journal) {
    auto const& stats = journal.stats();
    out.gauge("inlet_journal_healthy", "1 while entries can be committed.",
              journal.health() == journal::Health::ok ? 1 : 0);
    out.counter("inlet_journal_appended_entries_total", "Entries committed.",
                stats.appended_entries.get());
    out.counter("inlet_journal_appended_rows_total", "Rows committed.", stats.appended_rows.get());
    out.counter("inlet_journal_appended_bytes_total", "Bytes written to segments.",
                stats.appended_bytes.get());
    out.counter("inlet_journal_commits_total", "Group commits.", stats.commits.get());
    out.counter("inlet_journal_failed_commits_total", "Group commits that could not be written.",
                stats.failed_commits.get());
    out.gauge("inlet_journal_queue_bytes", "Bytes waiting for the next commit.",
              number(stats.queue_bytes));
    out.gauge("inlet_journal_undelivered_bytes", "From the slowest cursor to the end.",
              number(stats.undelivered_bytes));
    out.gauge("inlet_journal_segments", "Segment files that hold rows.", number(stats.segments));
    out.counter("inlet_journal_damaged_entries_total", "Damaged places found since the start.",
                stats.damaged_entries.get());
    out.histogram("inlet_journal_commit_seconds", "Write and fdatasync of one group commit.",
                  stats.commit_time);
}

void add_lane(Families& out, Sources const& sources, delivery::Delivery::LaneView const& view) {
    auto const& lane = *view.stats;
    auto const account = metrics::account(sources, lane);
    Labels const labels = {{"lane", view.name}};
    out.gauge("inlet_lane_delivered_rows", "Rows of this node delivered, all time.",
              number(lane.delivered), labels);
    out.gauge("inlet_lane_pending_rows", "Rows accepted and not handled yet.",
              static_cast<double>(account.pending), labels);
    out.gauge("inlet_lane_quarantined_rows", "Rows of this node set aside.",
              number(lane.quarantined), labels);
    out.gauge("inlet_lane_detached_rows", "Rows of this node that this lane was not to bring.",
              number(lane.detached), labels);
    out.gauge("inlet_lane_damaged_rows", "Rows of this node that could not be read back.",
              number(lane.damaged), labels);
    out.gauge("inlet_lane_other_types_rows",
              "Rows of this node of types that this lane does not take.", number(lane.other_types),
              labels);
    out.gauge("inlet_lane_oldest_undelivered_seconds", "Age of the oldest pending row; 0: none.",
              seconds(account.oldest_age_ms), labels);
    out.gauge("inlet_lane_failing", "1 while the last try failed.", number(lane.failing), labels);
    out.gauge("inlet_lane_holding", "1 while delivery fails until somebody acts.",
              number(lane.holding), labels);
    out.counter("inlet_lane_batches_total", "Batches delivered.", lane.batches.get(), labels);
    out.counter("inlet_lane_failures_total", "Tries that failed.", lane.failures.get(), labels);
    out.counter("inlet_lane_requests_total", "Requests to the destination.", lane.requests.get(),
                labels);
    out.counter("inlet_lane_retried_rows_total", "Rows that had to be sent again.",
                lane.retried.get(), labels);
    out.counter("inlet_lane_maybe_duplicated_rows_total",
                "Rows that were sent again although they may have arrived.",
                lane.maybe_duplicated.get(), labels);
    out.counter("inlet_lane_throttled_total", "Requests and records refused for being too fast.",
                lane.throttled.get(), labels);
    out.counter("inlet_lane_delivered_bytes_total", "Bytes of rows delivered.",
                lane.delivered_bytes.get(), labels);
    out.counter("inlet_lane_sent_bytes_total", "Bytes as they went out: compressed, encoded.",
                lane.sent_bytes.get(), labels);
    out.counter("inlet_lane_billed_bytes_total",
                "Bytes that the destination bills, by its rule of rounding.",
                lane.billed_bytes.get(), labels);
    out.counter("inlet_lane_objects_total", "Objects published.", lane.objects.get(), labels);
    out.counter("inlet_lane_objects_already_present_total",
                "Objects that an earlier try had published.", lane.objects_already_present.get(),
                labels);
}

}  // namespace

std::string prometheus_text(Sources const& sources) {
    Families out;
    out.gauge("inlet_build_info", "1; the label says which version runs.", 1,
              {{"version", INLET_VERSION}});
    out.gauge("inlet_start_time_seconds", "Unix time of the start.", seconds(sources.started_ms));
    add_api(out, sources.api);
    add_admission(out, sources.admission);
    add_http(out, sources.http);
    add_journal(out, sources.journal);
    for (auto const& lane : sources.delivery.lanes()) add_lane(out, sources, lane);
    return out.text();
}

}  // namespace inlet::metrics
