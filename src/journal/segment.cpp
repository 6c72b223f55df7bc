#include "journal/segment.hpp"

#include <algorithm>

#include "base/bytes.hpp"

namespace inlet::journal {
namespace {

constexpr std::uint64_t kReadAhead = 256 * 1024;

}  // namespace

Segment::Segment(std::unique_ptr<File> file, std::string path, SegmentHeader header)
    : file_(std::move(file)), path_(std::move(path)), header_(std::move(header)) {}

Result<Segment> Segment::open(FileSystem& fs, std::string const& dir, std::uint64_t number) {
    auto path = join_path(dir, segment_name(number));
    TRY(auto file, fs.open(path, OpenMode::read));
    std::string block(kSegmentHeaderBytes, '\0');
    TRY(auto n, file->read(0, block));
    block.resize(n);
    auto header = decode_segment_header(block);
    if (is_newer_version(block))
        return fail(Errc::invalid, path + ": written by a newer version of inlet");
    if (!header) return fail(Errc::corrupt, path + ": header");
    if (header->segment != number)
        return fail(Errc::corrupt, path + ": belongs to another segment");
    return Segment(std::move(file), std::move(path), std::move(*header));
}

Result<std::string_view> Segment::window(std::uint64_t offset, std::uint64_t size,
                                         std::uint64_t limit) {
    size = offset < limit ? std::min(size, limit - offset) : 0;
    bool const inside = offset >= buffer_begin_ && offset + size <= buffer_begin_ + buffer_.size();
    if (!inside) {
        // Never read ahead of `limit`: what lies there may be half written and would stay in the buffer.
        auto const wanted = std::min(std::max(size, kReadAhead), limit - std::min(offset, limit));
        buffer_.resize(static_cast<std::size_t>(wanted));
        buffer_begin_ = offset;
        auto const n = file_->read(offset, buffer_);
        if (!n) {
            buffer_.clear();
            return n.error();
        }
        buffer_.resize(n.value());
    }
    return std::string_view(buffer_).substr(static_cast<std::size_t>(offset - buffer_begin_),
                                            static_cast<std::size_t>(size));
}

Result<std::optional<EntryHeader>> Segment::entry_at(std::uint64_t offset, std::uint64_t limit,
                                                     std::string_view& payload) {
    std::optional<EntryHeader> none;
    TRY(auto head, window(offset, kEntryHeaderBytes, limit));
    auto const peeked = peek_entry(head, header_.segment);
    if (!peeked) return none;
    TRY(auto whole, window(offset, entry_bytes(peeked->bytes), limit));
    auto const header = decode_entry(whole, header_.segment);
    if (!header) return none;
    payload = whole.substr(kEntryHeaderBytes, header->bytes);
    return header;
}

Result<std::uint64_t> Segment::find_entry(std::uint64_t offset, std::uint64_t limit) {
    auto const marker = static_cast<std::uint32_t>(header_.segment);
    while (offset + kEntryHeaderBytes <= limit) {
        TRY(auto bytes, window(offset, kReadAhead, limit));
        if (bytes.size() < kEntryHeaderBytes) return limit;
        // Markers first, in a tight loop: what remains of a preallocated file may be 64 MiB.
        std::size_t at = 0;
        while (at + 4 <= bytes.size() && get_u32(&bytes[at]) != marker) at += kAlignment;
        offset += at;
        if (at + 4 > bytes.size()) continue;
        std::string_view payload;
        TRY(auto found, entry_at(offset, limit, payload));
        if (found) return offset;
        offset += kAlignment;
    }
    return limit;
}

}  // namespace inlet::journal
