#include "app/cloudwatch.hpp"

#include <utility>

#include "aws/instance_metadata.hpp"
#include "base/log.hpp"
#include "metrics/cloudwatch_data.hpp"

namespace inlet::app {

std::vector<aws::Dimension> metric_dimensions(config::Config const& config, aws::HttpClient& http,
                                              std::string const& node) {
    std::vector<aws::Dimension> dimensions;
    dimensions.reserve(config.cloudwatch.dimensions.size());
    for (auto const& text : config.cloudwatch.dimensions)
        dimensions.push_back(aws::parse_dimension(text));
    if (!dimensions.empty()) return dimensions;
    auto id = aws::instance_id(http, aws::process_environment());
    if (id) return {{"InstanceId", std::move(id.value())}};
    return {{"Node", node}};
}

Result<std::unique_ptr<metrics::CloudWatchPublisher>> make_cloudwatch(
    config::Config const& config, Aws& aws, metrics::Sources const& sources, Clock& clock) {
    TRY(auto service, aws::resolve_service(aws.settings, "monitoring"));
    auto api = aws::make_cloudwatch_api(std::move(service), *aws.credentials,
                                        aws::make_http_client({aws.settings.ca_bundle}), clock);
    auto const data = std::make_shared<metrics::CloudWatchData>(sources, config.journal.dir);
    metrics::CloudWatchPublisher::Source source;
    source.collect = [data] { return data->collect(); };
    source.arrived = [data] { data->arrived(); };
    std::shared_ptr<aws::HttpClient> const http = aws::make_http_client({aws.settings.ca_bundle});
    source.cancel = [http] { http->cancel(); };
    source.find_dimensions = [config, http, node = sources.journal.node()] {
        auto dimensions = metric_dimensions(config, *http, node);
        log::info("metrics are published in CloudWatch",
                  {{"namespace", config.cloudwatch.name_space},
                   {"dimension", dimensions[0].name + "=" + dimensions[0].value}});
        return dimensions;
    };
    return std::make_unique<metrics::CloudWatchPublisher>(config.cloudwatch, std::move(api),
                                                          std::move(source), clock);
}

}  // namespace inlet::app
