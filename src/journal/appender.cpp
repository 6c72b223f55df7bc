#include "journal/appender.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/log.hpp"

namespace inlet::journal {

Appender::Appender(FileSystem& fs, Clock& clock, Spares& spares, Options options, Start start)
    : fs_(fs),
      clock_(clock),
      spares_(spares),
      options_(std::move(options)),
      node_(std::move(start.node)),
      tail_(start.end),
      proven_(start.proven),
      next_number_(start.next_number),
      next_commit_(start.next_commit) {}

Result<void> Appender::recover(bool go_on) {
    CHECK(!file_);
    std::string unproven;
    if (proven_ < tail_) {
        TRY(auto const file,
            fs_.open(join_path(options_.dir, segment_name(tail_.segment)), OpenMode::read));
        unproven.resize(static_cast<std::size_t>(tail_.offset - proven_.offset));
        TRY(auto const n, file->read(proven_.offset, unproven));
        if (n < unproven.size())
            return fail(Errc::io, "journal: the last segment has become shorter");
    }
    if (unproven.empty() && !go_on) return success();
    auto const synced = sync_again(unproven, go_on);
    if (synced) return success();
    log::warn("starting a new segment", {{"because", synced.error().message()}});
    if (!unproven.empty()) carry(std::move(unproven));
    return success();
}

Result<void> Appender::sync_again(std::string_view unproven, bool go_on) {
    TRY(auto file,
        fs_.open(join_path(options_.dir, segment_name(tail_.segment)), OpenMode::read_write));
    if (!unproven.empty()) {
        TRY(file->write(proven_.offset, unproven));
    }
    TRY(file->sync());
    // Its name, too: the process may have been killed just before it synced the folder.
    TRY(fs_.sync_directory(options_.dir));
    if (!go_on) return success();
    file_ = std::move(file);
    file_number_ = tail_.segment;
    return success();
}

void Appender::carry(std::string unproven) {
    auto const first = decode_entry(unproven, tail_.segment);
    CHECK(first.has_value());
    carried_received_ms_ = first->received_at_ms;
    next_commit_ = first->commit;
    carried_.adopt(std::move(unproven));
    tail_ = proven_;
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
    count_as_written(buffer);
    return success();
}

void Appender::count_as_written(CommitBuffer const& buffer) {
    tail_.offset += buffer.bytes().size();
    tail_.seq += buffer.rows();
    ++next_commit_;
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
    if (auto const begun = begin_segment(*file, header, path); !begun) {
        // It holds the space of a whole segment, and the next try comes in a second.
        file.reset();
        spares_.discard(std::move(path));
        return begun.error();
    }
    file_ = std::move(file);
    file_number_ = header.segment;
    begun_.push_back(header.segment);
    tail_.segment = header.segment;
    tail_.offset = kSegmentHeaderBytes;
    if (!carried_.empty()) {
        count_as_written(carried_);
        carried_.clear(0);
    }
    return success();
}

// `path` is where the file stands, also if this fails.
Result<void> Appender::begin_segment(File& file, SegmentHeader const& header, std::string& path) {
    TRY(file.write(0, encode(header)));
    if (!carried_.empty()) {
        // Before the name: from then on what the header cuts off the segment before is no more.
        carried_.stamp(header.segment, kSegmentHeaderBytes, next_commit_, tail_.seq,
                       carried_received_ms_);
        TRY(file.write(kSegmentHeaderBytes, carried_.bytes()));
    }
    TRY(file.sync());
    auto name = join_path(options_.dir, segment_name(header.segment));
    TRY(fs_.rename(path, name));
    path = std::move(name);
    return fs_.sync_directory(options_.dir);
}

Result<std::unique_ptr<File>> Appender::file_to_write(std::string& path, std::uint64_t number) {
    path = spares_.take();
    if (!path.empty()) {
        auto file = fs_.open(path, OpenMode::read_write);
        if (file) return file;
        spares_.discard(std::move(path));
    }
    path = join_path(options_.dir, segment_name(number) + ".new");
    TRY(auto file, fs_.open(path, OpenMode::create));
    // All the space of a segment is taken here, so that a full disk shows before entries are half written.
    auto reserved = file->reserve(options_.segment_bytes);
    if (!reserved) {
        file.reset();
        spares_.discard(std::move(path));
        return reserved.error();
    }
    return file;
}

}  // namespace inlet::journal
