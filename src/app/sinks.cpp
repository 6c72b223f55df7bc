#include "app/sinks.hpp"

#include <algorithm>
#include <csignal>
#include <iterator>
#include <utility>

#include "aws/credential_chain.hpp"
#include "base/log.hpp"
#include "sink/firehose.hpp"
#include "sink/lake.hpp"
#include "sink/s3.hpp"

namespace inlet::app {
namespace {

// Requests that wait for the sink's answer gather this long: each Firehose record is billed for 5 KB at least.
constexpr std::int64_t kAwaitedLingerMs = 200;

// With server.ack = "sink" the sink that is waited for does not wait itself.
void hasten(config::Config& config) {
    if (config.api.ack != api::Ack::sink) return;
    if (config.api.ack_sink == "lake") config.lake.roll_ms = 0;
    if (config.api.ack_sink == "s3") config.s3.roll_ms = 0;
    if (config.api.ack_sink == "firehose")
        config.firehose.linger_ms = std::min(config.firehose.linger_ms, kAwaitedLingerMs);
}

}  // namespace

bool wants_aws(config::Config const& config) {
    return config.firehose.enabled || config.s3.enabled;
}

Result<Aws> make_aws(aws::Options const& options, Clock& clock) {
    ::signal(SIGPIPE, SIG_IGN);  // libcurl leaves that to us; a service may hang up at any time
    auto const environment = aws::process_environment();
    TRY(auto settings, aws::load_settings(options, environment));
    aws::ask_instance_for_region(settings, *aws::make_http_client({settings.ca_bundle}),
                                 environment);
    auto credentials = aws::make_credential_chain(settings, environment, clock);
    return Aws{std::move(settings), std::move(credentials)};
}

Result<std::vector<std::unique_ptr<sink::Sink>>> make_sinks(config::Config const& configured,
                                                            FileSystem& fs, Clock& clock,
                                                            Aws& aws) {
    auto config = configured;
    hasten(config);
    std::vector<std::unique_ptr<sink::Sink>> sinks;
    if (config.lake.enabled) {
        TRY(auto lake, sink::make_lake(fs, config.lake));
        sinks.push_back(std::move(lake));
    }
    if (config.firehose.enabled) {
        TRY(auto streams,
            sink::make_firehose(config.firehose, aws.settings, *aws.credentials, clock));
        std::move(streams.begin(), streams.end(), std::back_inserter(sinks));
    }
    if (config.s3.enabled) {
        TRY(auto s3, sink::make_s3(config.s3, aws.settings, *aws.credentials, clock));
        sinks.push_back(std::move(s3));
    }
    return sinks;
}

std::vector<journal::StoredLane> lanes_without_sink(
    std::vector<journal::StoredLane> const& stored,
    std::vector<std::unique_ptr<sink::Sink>> const& sinks) {
    std::vector<journal::StoredLane> others;
    for (auto const& lane : stored) {
        bool const has_sink = std::any_of(sinks.begin(), sinks.end(),
                                          [&](auto const& s) { return s->name() == lane.name; });
        if (has_sink) continue;
        if (!lane.state.is_detached) {
            log::warn(
                "rows are kept for a lane that has no sink; `inlet sink detach` gives them up",
                {{"lane", lane.name}});
        }
        others.push_back(lane);
    }
    return others;
}

}  // namespace inlet::app
