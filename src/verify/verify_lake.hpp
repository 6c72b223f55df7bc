// verify_lake.hpp - proves from outside that a lake is complete: reads every row of it.
// Per node the sequence numbers over all types must have no gap; a number that occurs twice must
// have the same row both times; every row must be where its object's name says. With the journal,
// the end of the sequence is known too. Not checked: whether one id occurs under two numbers.
// Threads: one.
// Errors:  of listing the store. All that is wrong with single objects goes into the report.
// Bounds:  memory: about 400 bytes per object, 1 bit per row, and for repeated rows at most 64 MiB
//          at a time. Objects that hold repeated rows are read again.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/file.hpp"
#include "sink/object_store.hpp"
#include "verify/report.hpp"

namespace inlet::verify {

struct JournalPlace {
    FileSystem& fs;
    std::string dir;
    std::string lane = "lake";  // the sink that fills this lake
};

struct LakeQuestion {
    std::string place;  // what the report calls the lake
    std::optional<JournalPlace> journal = std::nullopt;
    // Names that begin with "_" or "." are no part of the lake, as Athena has it.
    bool pass_over_hidden = false;
    // Repeated rows whose contents are compared in one round; each costs about 60 bytes.
    std::uint64_t repeats_at_a_time = 1'000'000;
};

// Stored bytes that were read, of those that will be. The second number may grow.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

Result<Report> verify_lake(sink::ObjectStore& store, LakeQuestion const& question,
                           Progress const& progress);

}  // namespace inlet::verify
