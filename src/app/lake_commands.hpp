// lake_commands.hpp - `inlet lake verify`: reads a whole lake and says whether it is complete.
// Exit status: 0 complete, 1 rows missing or conflicting, 2 something could not be read.
#pragma once

#include <string>

#include "aws/settings.hpp"
#include "base/clock.hpp"
#include "base/file.hpp"
#include "config/config.hpp"
#include "sink/s3.hpp"

namespace inlet::app {

struct LakeVerify {
    std::string place;        // folder, or "s3://bucket/prefix"
    std::string journal_dir;  // "": the tail stays unproven
    bool json = false;
    // For a bucket, as configured.
    aws::Options aws = {};
    sink::S3PathStyle path_style = sink::S3PathStyle::automatic;
};

// The lake that a server with this configuration fills: the folder, else the bucket; empty: none.
std::string configured_lake(config::Config const& config);

// Whether `aws` and `path_style` matter.
bool is_in_s3(LakeVerify const& what);

int lake_verify(FileSystem& fs, Clock& clock, LakeVerify const& what);

}  // namespace inlet::app
