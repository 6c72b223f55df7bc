// lake.hpp - the local lake: rows as compressed files in a folder.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/compress.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "sink/sink.hpp"

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

// The sink named "lake". Makes the folder and clears what an earlier process left half done.
// `fs` must outlive it. Errors: invalid (a path that is no single line of text), io, full.
Result<std::unique_ptr<Sink>> make_lake(FileSystem& fs, LakeOptions const& options);

}  // namespace inlet::sink
