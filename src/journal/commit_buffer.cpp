#include "journal/commit_buffer.hpp"

#include "base/bytes.hpp"

namespace inlet::journal {
namespace {

// Until stamp() an entry's header holds only these, at their final places.
constexpr std::size_t kBytesAt = 8;
constexpr std::size_t kRowsAt = 12;
constexpr std::size_t kTagAt = 56;

}  // namespace

void CommitBuffer::add(std::uint8_t tag, std::uint32_t rows, std::string_view text) {
    auto const begin = bytes_.size();
    bytes_.append(kEntryHeaderBytes, '\0');
    bytes_.append(text);
    bytes_.append(
        static_cast<std::size_t>(entry_bytes(text.size())) - kEntryHeaderBytes - text.size(), '\0');
    put_u32(&bytes_[begin + kBytesAt], static_cast<std::uint32_t>(text.size()));
    put_u32(&bytes_[begin + kRowsAt], rows);
    bytes_[begin + kTagAt] = static_cast<char>(tag);
    rows_ += rows;
    ++entries_;
}

void CommitBuffer::stamp(std::uint64_t segment, std::uint64_t offset, std::uint64_t commit,
                         std::uint64_t first_seq, std::int64_t received_at_ms) {
    EntryHeader header;
    header.commit = commit;
    header.received_at_ms = received_at_ms;
    header.commit_start = offset;
    header.commit_first_seq = first_seq;
    header.first_seq = first_seq;
    for (std::size_t at = 0; at < bytes_.size();) {
        char* const entry = &bytes_[at];
        header.bytes = get_u32(entry + kBytesAt);
        header.rows = get_u32(entry + kRowsAt);
        header.tag = static_cast<std::uint8_t>(entry[kTagAt]);
        encode_entry_header(entry, segment, header);
        header.first_seq += header.rows;
        at += static_cast<std::size_t>(entry_bytes(header.bytes));
    }
}

void CommitBuffer::clear(std::size_t keep_bytes) {
    bytes_.clear();
    if (bytes_.capacity() > keep_bytes) bytes_.shrink_to_fit();
    rows_ = 0;
    entries_ = 0;
}

}  // namespace inlet::journal
