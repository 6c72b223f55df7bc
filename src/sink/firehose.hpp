// firehose.hpp - rows go to Amazon Data Firehose: one stream for all types, or one for each.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "aws/firehose_api.hpp"
#include "aws/settings.hpp"
#include "base/clock.hpp"
#include "base/compress.hpp"
#include "sink/sink.hpp"

namespace inlet::sink {

struct FirehoseOptions {
    bool enabled = false;
    // The stream's name. With "{type}" in it there is a stream for each type of row, and a lane for each stream.
    std::string delivery_stream = "inlet-{type}";
    // How long rows wait for others to share a record with.
    std::int64_t linger_ms = 5'000;
    // gzip: each record is a gzip member. For streams that deliver without compression or transformation.
    Codec compression = Codec::off;
};

// "inlet-{type}", "track" -> "inlet-track"
std::string expand_stream_name(std::string_view name, std::string_view type);

// A sink per stream: "firehose", or "firehose-track", "firehose-alias" and "firehose-profile". Does not touch the
// network. Errors: invalid (no region, a name that is none).
Result<std::vector<std::unique_ptr<Sink>>> make_firehose(FirehoseOptions const& options,
                                                         aws::Settings const& settings,
                                                         aws::CredentialSource& credentials,
                                                         Clock& clock);

}  // namespace inlet::sink
