// format.hpp - the bytes of a segment file (docs/journal-format.md has a worked example).
// Segment: one header block of 4 KiB, then entries one after the other, each at a multiple of 8.
// Every number is little-endian. The version is that of the whole file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/id.hpp"

namespace inlet::journal {

inline constexpr std::string_view kMagic = "INLETSEG";
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::uint64_t kSegmentHeaderBytes =
    4096;  // a block of its own: rewriting the first
           // entries never touches it
inline constexpr std::uint64_t kEntryHeaderBytes = 64;
inline constexpr std::uint64_t kAlignment = 8;
inline constexpr std::size_t kMaxEntryBytes = 4 * 1024 * 1024;  // payload: the rows of one request

struct SegmentHeader {
    std::uint64_t segment = 0;       // its own number, 1 or more
    std::uint64_t first_seq = 1;     // of the first row in it
    std::uint64_t first_commit = 1;  // number of the first commit in it
    std::uint64_t previous = 0;      // the segment that it goes on from; 0: none
    std::uint64_t previous_end = 0;  // where that one ends; what it holds behind does not count
    std::int64_t created_at_ms = 0;
    std::string node = {};  // kNodeSize characters
};

std::string encode(SegmentHeader const& header);  // kSegmentHeaderBytes bytes
// From either of the two copies in the block; nothing if both are damaged.
std::optional<SegmentHeader> decode_segment_header(std::string_view block);
// A header that a later format wrote: it must be refused, not taken for damage.
bool is_newer_version(std::string_view block);

struct EntryHeader {
    std::uint32_t bytes = 0;  // of the payload
    std::uint32_t rows = 0;
    std::uint64_t commit = 0;
    std::uint64_t first_seq = 0;
    std::int64_t received_at_ms = 0;
    // Where the commit that wrote it begins: its offset in the segment and its first seq. Any whole entry of a
    // commit so tells where the synced part in front of it ends.
    std::uint64_t commit_start = 0;
    std::uint64_t commit_first_seq = 0;
    std::uint8_t tag = 0;
};

// Bytes that an entry takes in the file, padding included.
constexpr std::uint64_t entry_bytes(std::uint64_t payload_bytes) {
    return (kEntryHeaderBytes + payload_bytes + kAlignment - 1) / kAlignment * kAlignment;
}

// Writes the header in front of a payload that stands at `entry` + kEntryHeaderBytes already.
void encode_entry_header(char* entry, std::uint64_t segment, EntryHeader const& header);

// The entry at the start of `bytes`, if a whole and undamaged one of that segment stands there.
std::optional<EntryHeader> decode_entry(std::string_view bytes, std::uint64_t segment);

// Only the fixed part, checked for plausibility but not by its checksum: to learn how much to read.
std::optional<EntryHeader> peek_entry(std::string_view bytes, std::uint64_t segment);

// "000000000042.segment"
std::string segment_name(std::uint64_t segment);
std::optional<std::uint64_t> segment_number(std::string_view name);

}  // namespace inlet::journal
