#include "journal/appender.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace inlet::journal {

Appender::Appender(FileSystem& fs, Clock& clock, Options options, Start start)
    : fs_(fs),
      clock_(clock),
      options_(std::move(options)),
      node_(std::move(start.node)),
      tail_(start.end),
      next_number_(start.next_number),
      next_commit_(start.next_commit) {}

Result<void> Appender::resume() {
    CHECK(!file_ && tail_.segment != 0);
    TRY(auto file,
        fs_.open(join_path(options_.dir, segment_name(tail_.segment)), OpenMode::read_write));
    // A killed process leaves entries that were written and not yet synced: they become durable now, before
    // anybody reads them.
    TRY(file->sync());
    file_ = std::move(file);
    file_number_ = tail_.segment;
    return success();
}

Result<void> Appender::prepare() {
    if (file_) return success();
    return open_segment();
}

Result<void> Appender::commit(CommitBuffer& buffer) {
    CHECK(!buffer.empty());
    bool const fits = file_ && tail_.offset + buffer.bytes().size() <= options_.segment_bytes;
    bool const fresh = file_ && tail_.offset == kSegmentHeaderBytes;
    if (!fits && !fresh) {
        // Too full, or none: an entry larger than a segment gets one of its own, which grows over the size.
        file_.reset();
        TRY(open_segment());
    }
    if (write(buffer)) return success();
    // What lies behind tail_ in this segment is suspect for ever; the next header cuts it off.
    file_.reset();
    TRY(open_segment());
    auto second = write(buffer);
    if (!second) file_.reset();
    return second;
}

Result<void> Appender::write(CommitBuffer& buffer) {
    buffer.stamp(file_number_, tail_.offset, next_commit_, tail_.seq, clock_.unix_ms());
    TRY(file_->write(tail_.offset, buffer.bytes()));
    TRY(file_->sync());
    tail_.offset += buffer.bytes().size();
    tail_.seq += buffer.rows();
    ++next_commit_;
    return success();
}

// Header first, synced under a name that recovery ignores; then the name, synced. So a segment that can be found
// is whole, and the first entry in it is acknowledged only after both.
Result<void> Appender::open_segment() {
    SegmentHeader header;
    header.segment = next_number_;
    header.first_seq = tail_.seq;
    header.first_commit = next_commit_;
    header.previous = tail_.segment;
    header.previous_end = tail_.segment == 0 ? 0 : tail_.offset;
    header.created_at_ms = clock_.unix_ms();
    header.node = node_;

    // A number is used once, also if what follows fails: two files with one number must never be confused.
    ++next_number_;
    std::string path;
    TRY(auto file, file_to_write(path, header.segment));
    TRY(file->write(0, encode(header)));
    TRY(file->sync());
    TRY(fs_.rename(path, join_path(options_.dir, segment_name(header.segment))));
    TRY(fs_.sync_directory(options_.dir));
    file_ = std::move(file);
    file_number_ = header.segment;
    tail_.segment = header.segment;
    tail_.offset = kSegmentHeaderBytes;
    return success();
}

Result<std::unique_ptr<File>> Appender::file_to_write(std::string& path, std::uint64_t number) {
    path = options_.take_spare ? options_.take_spare() : std::string();
    if (!path.empty()) {
        auto file = fs_.open(path, OpenMode::read_write);
        if (file) return file;
    }
    path = join_path(options_.dir, segment_name(number) + ".new");
    TRY(auto file, fs_.open(path, OpenMode::create));
    // All the space of a segment is taken here, so that a full disk shows before entries are half written.
    auto reserved = file->reserve(options_.segment_bytes);
    if (!reserved) {
        file.reset();
        (void)fs_.remove(path);
        return reserved.error();
    }
    return file;
}

}  // namespace inlet::journal
