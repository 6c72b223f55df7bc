// cloudwatch.hpp - the publisher of metrics, put together from the configuration.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/sinks.hpp"
#include "base/clock.hpp"
#include "config/config.hpp"
#include "metrics/cloudwatch_publisher.hpp"
#include "metrics/metrics.hpp"

namespace inlet::app {

// The dimensions of all metrics: as configured; else InstanceId, which asks the instance's metadata through `http`, for
// 2 s at most unless the environment gives it more; else Node.
std::vector<aws::Dimension> metric_dimensions(config::Config const& config, aws::HttpClient& http,
                                              std::string const& node);

// Not running yet. All that is passed must outlive it, but the configuration. Errors: invalid (no region).
Result<std::unique_ptr<metrics::CloudWatchPublisher>> make_cloudwatch(
    config::Config const& config, Aws& aws, metrics::Sources const& sources, Clock& clock);

}  // namespace inlet::app
