// lake.hpp - the local lake: rows as compressed files in a folder.
#pragma once

#include <cstdint>
#include <string>

#include "base/compress.hpp"

namespace inlet::sink {

struct LakeOptions {
    bool enabled = true;
    std::string dir = "var/lake";
    // A file is published when its first row is this old, or when it holds this many bytes of rows.
    std::int64_t roll_ms = 5000;
    std::uint64_t roll_bytes = 64 << 20;
    Codec compression = Codec::gzip;
    // With less free disk space than this the lake holds: the journal needs the rest.
    std::uint64_t min_free_bytes = 256 << 20;
};

}  // namespace inlet::sink
