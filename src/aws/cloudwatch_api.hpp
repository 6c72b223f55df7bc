// cloudwatch_api.hpp - PutMetricData of Amazon CloudWatch (API version 2010-08-01, query protocol).
// Threads: one, except cancel().
// Errors:  as Failure::error(): unavailable, timeout, stopping, overloaded, rejected, invalid.
// Limits:  "PutMetricData", CloudWatch API reference: 1,000 metrics and 1 MB a call, 30 dimensions a metric.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "aws/client.hpp"
#include "aws/query_api.hpp"

namespace inlet::aws {

enum class MetricUnit : std::uint8_t { none, count, bytes, seconds, percent };

struct MetricDatum {
    std::string_view name;
    double value = 0;  // finite
    MetricUnit unit = MetricUnit::none;
};

struct Dimension {
    std::string name;
    std::string value;
};

inline constexpr std::size_t kMaxDimensions = 30;

// "inlet": 1 to 255 of A-Z a-z 0-9 . - _ / # :, not in front ":" or "AWS/", which is Amazon's own.
bool is_metric_namespace(std::string_view text);
// "InstanceId=i-0123": a name of 1 to 255 and a value of 1 to 1,024 characters of ASCII; no ":" in front of the name.
bool is_dimension(std::string_view text);
// REQUIRES: is_dimension(text).
Dimension parse_dimension(std::string_view text);

class CloudWatchApi {
  public:
    virtual ~CloudWatchApi() = default;
    // All of them with these dimensions and the time of their arrival.
    virtual Result<void> put(std::string const& name_space, std::span<Dimension const> dimensions,
                             std::span<MetricDatum const> data) = 0;
    virtual void cancel() = 0;
};

QueryForm put_metric_data(std::string const& name_space, std::span<Dimension const> dimensions,
                          std::span<MetricDatum const> data);

// `credentials` and `clock` must outlive it.
std::unique_ptr<CloudWatchApi> make_cloudwatch_api(Service service, CredentialSource& credentials,
                                                   std::unique_ptr<HttpClient> http, Clock& clock);

}  // namespace inlet::aws
