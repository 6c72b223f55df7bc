#include "journal/format.hpp"

#include <charconv>
#include <cstdio>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/crc32c.hpp"

namespace inlet::journal {
namespace {

// Segment header: magic 0, version 8, crc 12, then what the crc covers.
constexpr std::size_t kCrcAt = 12;
constexpr std::size_t kFieldsAt = 16;
constexpr std::size_t kNodeAt = 64;
constexpr std::size_t kFieldsEnd = 80;
constexpr std::size_t kCopyAt = 2048;  // the same once more, in another sector

constexpr std::string_view kSuffix = ".segment";
constexpr std::size_t kNumberDigits = 12;

// The payload's checksum is seeded with the header's, and that one starts from the segment's number: bytes that
// a recycled file still holds from an earlier life never pass for an entry of this one.
std::uint32_t entry_crc(char const* entry, std::uint64_t segment, std::size_t payload_bytes) {
    char number[8];
    put_u64(number, segment);
    std::uint32_t crc = crc32c({number, sizeof(number)});
    return crc32c({entry + 8, kEntryHeaderBytes - 8 + payload_bytes}, crc);
}

}  // namespace

std::string encode(SegmentHeader const& header) {
    CHECK(header.node.size() == kNodeSize);
    std::string block(kSegmentHeaderBytes, '\0');
    block.replace(0, kMagic.size(), kMagic);
    put_u32(&block[8], kVersion);
    put_u64(&block[16], header.segment);
    put_u64(&block[24], header.first_seq);
    put_u64(&block[32], header.first_commit);
    put_u64(&block[40], header.previous);
    put_u64(&block[48], header.previous_end);
    put_u64(&block[56], static_cast<std::uint64_t>(header.created_at_ms));
    block.replace(kNodeAt, kNodeSize, header.node);
    put_u32(&block[kCrcAt],
            crc32c(std::string_view(block).substr(kFieldsAt, kFieldsEnd - kFieldsAt)));
    block.replace(kCopyAt, kFieldsEnd, std::string(block, 0, kFieldsEnd));
    return block;
}

namespace {

std::optional<SegmentHeader> decode_copy(std::string_view block) {
    if (block.size() < kFieldsEnd || block.substr(0, kMagic.size()) != kMagic) return std::nullopt;
    if (get_u32(&block[8]) != kVersion) return std::nullopt;
    if (get_u32(&block[kCrcAt]) != crc32c(block.substr(kFieldsAt, kFieldsEnd - kFieldsAt)))
        return std::nullopt;
    SegmentHeader header;
    header.segment = get_u64(&block[16]);
    header.first_seq = get_u64(&block[24]);
    header.first_commit = get_u64(&block[32]);
    header.previous = get_u64(&block[40]);
    if (header.previous >= header.segment) return std::nullopt;  // links lead backwards
    header.previous_end = get_u64(&block[48]);
    header.created_at_ms = static_cast<std::int64_t>(get_u64(&block[56]));
    header.node = block.substr(kNodeAt, kNodeSize);
    return header;
}

}  // namespace

std::optional<SegmentHeader> decode_segment_header(std::string_view block) {
    if (auto header = decode_copy(block)) return header;
    return block.size() > kCopyAt ? decode_copy(block.substr(kCopyAt)) : std::nullopt;
}

bool is_newer_version(std::string_view block) {
    return block.size() >= 12 && block.substr(0, kMagic.size()) == kMagic &&
           get_u32(&block[8]) > kVersion;
}

void encode_entry_header(char* entry, std::uint64_t segment, EntryHeader const& header) {
    put_u32(entry, static_cast<std::uint32_t>(segment));
    put_u32(entry + 8, header.bytes);
    put_u32(entry + 12, header.rows);
    put_u64(entry + 16, header.commit);
    put_u64(entry + 24, header.first_seq);
    put_u64(entry + 32, static_cast<std::uint64_t>(header.received_at_ms));
    put_u64(entry + 40, header.commit_start);
    put_u64(entry + 48, header.commit_first_seq);
    put_u64(entry + 56, header.tag);
    put_u32(entry + 4, entry_crc(entry, segment, header.bytes));
}

std::optional<EntryHeader> peek_entry(std::string_view bytes, std::uint64_t segment) {
    if (bytes.size() < kEntryHeaderBytes) return std::nullopt;
    if (get_u32(bytes.data()) != static_cast<std::uint32_t>(segment)) return std::nullopt;
    EntryHeader header;
    header.bytes = get_u32(&bytes[8]);
    header.rows = get_u32(&bytes[12]);
    header.commit = get_u64(&bytes[16]);
    header.first_seq = get_u64(&bytes[24]);
    header.received_at_ms = static_cast<std::int64_t>(get_u64(&bytes[32]));
    header.commit_start = get_u64(&bytes[40]);
    header.commit_first_seq = get_u64(&bytes[48]);
    header.tag = static_cast<std::uint8_t>(get_u64(&bytes[56]));
    if (header.bytes > kMaxEntryBytes || header.rows == 0) return std::nullopt;
    return header;
}

std::optional<EntryHeader> decode_entry(std::string_view bytes, std::uint64_t segment) {
    auto const header = peek_entry(bytes, segment);
    if (!header || bytes.size() < entry_bytes(header->bytes)) return std::nullopt;
    if (get_u32(&bytes[4]) != entry_crc(bytes.data(), segment, header->bytes)) return std::nullopt;
    return header;
}

std::string segment_name(std::uint64_t segment) {
    char name[32];
    int const n = std::snprintf(name, sizeof(name), "%0*llu", static_cast<int>(kNumberDigits),
                                static_cast<unsigned long long>(segment));
    return std::string(name, static_cast<std::size_t>(n)).append(kSuffix);
}

std::optional<std::uint64_t> segment_number(std::string_view name) {
    // With more digits the order of names would not be that of the numbers.
    if (name.size() != kNumberDigits + kSuffix.size() || !name.ends_with(kSuffix))
        return std::nullopt;
    name.remove_suffix(kSuffix.size());
    std::uint64_t number = 0;
    auto const [end, err] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (err != std::errc() || end != name.data() + name.size() || number == 0) return std::nullopt;
    return number;
}

}  // namespace inlet::journal
