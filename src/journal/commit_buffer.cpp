#include "journal/commit_buffer.hpp"

#include <utility>

#include "base/bytes.hpp"

namespace inlet::journal {
namespace {

// Until stamp() an entry's header holds only these, at their final places.
constexpr std::size_t kBytesAt = 8;
constexpr std::size_t kRowsAt = 12;
constexpr std::size_t kTagAt = 56;

}  // namespace

std::string& CommitBuffer::begin() {
    abandon();
    bytes_.append(kEntryHeaderBytes, '\0');
    return bytes_;
}

void CommitBuffer::end(std::uint8_t tag, std::uint32_t rows) {
    auto const size = bytes_.size() - ended_ - kEntryHeaderBytes;
    char* const entry = &bytes_[ended_];
    put_u32(entry + kBytesAt, static_cast<std::uint32_t>(size));
    put_u32(entry + kRowsAt, rows);
    entry[kTagAt] = static_cast<char>(tag);
    ended_ += static_cast<std::size_t>(entry_bytes(size));
    bytes_.resize(ended_, '\0');
    rows_ += rows;
    ++entries_;
}

void CommitBuffer::adopt(std::string entries) {
    bytes_ = std::move(entries);
    while (ended_ < bytes_.size()) {
        char const* const entry = &bytes_[ended_];
        rows_ += get_u32(entry + kRowsAt);
        ++entries_;
        ended_ += static_cast<std::size_t>(entry_bytes(get_u32(entry + kBytesAt)));
    }
}

void CommitBuffer::take(CommitBuffer& other) {
    if (empty()) {
        std::swap(*this, other);
        return;
    }
    bytes_.append(other.bytes_);
    ended_ = bytes_.size();
    rows_ += other.rows_;
    entries_ += other.entries_;
    other.clear(other.bytes_.capacity());
}

void CommitBuffer::stamp(std::uint64_t segment, std::uint64_t offset, std::uint64_t commit,
                         std::uint64_t first_seq, std::int64_t received_at_ms) {
    EntryHeader header;
    header.commit = commit;
    header.received_at_ms = received_at_ms;
    header.commit_start = offset;
    header.commit_first_seq = first_seq;
    header.first_seq = first_seq;
    for (std::size_t at = 0; at < ended_;) {
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
    ended_ = 0;
    if (bytes_.capacity() > keep_bytes) bytes_.shrink_to_fit();
    rows_ = 0;
    entries_ = 0;
}

}  // namespace inlet::journal
