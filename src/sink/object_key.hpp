// object_key.hpp - how the lake names its objects:
//   raw/type=track/dt=2026-11-22/k3v9x2mq4tz7p-1201-1950.ndjson.gz
// The range of seq is that of the plan, over all types: the objects of a plan share it, and no two
// plans overlap. A key follows from the place in the journal: a repeated delivery meets itself.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/compress.hpp"

namespace inlet::sink {

inline constexpr std::string_view kLakePrefix = "raw";

struct ObjectKey {
    std::string type;  // "track"
    std::string date;  // "2026-11-22"
    std::string node;
    std::uint64_t first_seq = 0;
    std::uint64_t last_seq = 0;
    Codec codec = Codec::off;

    // The key below `prefix`.
    [[nodiscard]] std::string text(std::string_view prefix) const;
    // Nothing if it was not made by text() with the same prefix.
    static std::optional<ObjectKey> parse(std::string_view prefix, std::string_view key);

    friend bool operator==(ObjectKey const&, ObjectKey const&) = default;
};

// By the end of the name: .ndjson, .ndjson.gz, .ndjson.zst; nothing for other names.
std::optional<Codec> codec_of_rows_file(std::string_view key);

// Not empty, only a-z and 0-9: what a type and a node may consist of.
bool is_plain_name(std::string_view text);
// All of `text`, digits without sign and leading zeros.
std::optional<std::uint64_t> parse_number(std::string_view text);

}  // namespace inlet::sink
