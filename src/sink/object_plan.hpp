// object_plan.hpp - all that decides what a batch looks like as objects, as a text that is saved:
//   inlet object plan 1
//   destination=var/lake
//   codec=gzip
//   node=k3v9x2mq4tz7p
//   first_seq=1201
//   last_seq=1950
// The first line is the version, and stands for all else that shapes the bytes: the layout of keys
// and kPieceBytes. Whoever changes one of these raises it and keeps the old way for old plans.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/compress.hpp"
#include "base/error.hpp"

namespace inlet::sink {

// Rows are compressed in members that hold at least this much, up to the end of a row.
inline constexpr std::size_t kPieceBytes = 1024 * 1024;

// Leaves room for the rest below kMaxPlanBytes.
inline constexpr std::size_t kMaxDestinationBytes = 2048;

struct ObjectPlan {
    std::string destination;
    Codec codec = Codec::off;
    std::string node;
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;

    // REQUIRES: is_proper_destination(destination).
    [[nodiscard]] std::string text() const;
    // Errors: corrupt: not a text that text() gave.
    static Result<ObjectPlan> parse(std::string_view text);

    friend bool operator==(ObjectPlan const&, ObjectPlan const&) = default;
};

// One line of at most kMaxDestinationBytes, not empty, without control characters.
bool is_proper_destination(std::string_view destination);

}  // namespace inlet::sink
