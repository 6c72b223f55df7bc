// cloudwatch_options.hpp - the keys metrics.cloudwatch.*
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace inlet::metrics {

struct CloudWatchOptions {
    bool enabled = false;
    std::string name_space = "inlet";
    std::uint64_t interval_s = 60;  // a standard metric has a resolution of one minute
    // "Name=value". None: InstanceId on an EC2 instance, else Node.
    std::vector<std::string> dimensions = {};
};

}  // namespace inlet::metrics
