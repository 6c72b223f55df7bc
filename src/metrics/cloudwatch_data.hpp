// cloudwatch_data.hpp - the few numbers about itself that inlet publishes in CloudWatch, for alarms.
// Gauges are as they are at the moment. Counts are what came since the last publication that arrived, so that one that
// fails is made up for by the next; if it had arrived all the same, its counts are published twice.
// Threads: one.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "aws/cloudwatch_api.hpp"
#include "metrics/metrics.hpp"

namespace inlet::metrics {

class CloudWatchData {
  public:
    // `sources` must outlive it.
    CloudWatchData(Sources const& sources, std::string journal_dir)
        : sources_(sources), journal_dir_(std::move(journal_dir)) {}

    // What is to be published now. docs/operations.md says what each means.
    std::vector<aws::MetricDatum> collect();
    // What collect() gave last has arrived.
    void arrived() { published_ = collected_; }

  private:
    struct Counts {
        std::uint64_t rejected = 0;
        std::uint64_t responses_5xx = 0;
    };

    Sources const& sources_;
    std::string const journal_dir_;
    Counts published_;
    Counts collected_;
};

}  // namespace inlet::metrics
