#include "journal/reader.hpp"

#include <optional>

#include "journal/segment.hpp"

namespace inlet::journal {

struct Reader::Impl {
    FileSystem& fs;
    std::string dir;
    Position at;
    OnDamage on_damage;
    std::optional<Segment> segment = std::nullopt;  // the one `at` lies in
    std::uint64_t segment_end = 0;                  // 0: it is the last one, its end is the limit's

    // Opens the segment of `at`, or the first one behind it that is still there.
    Result<bool> open(Position limit);
    // Nothing if it is gone, or its header damaged; any other failure may pass, and must not cost its rows.
    Result<std::optional<Segment>> open_if_whole(std::uint64_t number);
    Result<void> enter(Segment next, std::uint64_t end);
    // The segment that goes on from `number`: of several that claim it the last, the others were abandoned.
    Result<std::optional<Segment>> successor(std::uint64_t number, std::uint64_t limit);
    Result<std::optional<Segment>> oldest(std::uint64_t from, std::uint64_t limit);
    Result<void> find_end(Position limit);
    Result<bool> read(Position limit, Entry& entry);
    void report(std::uint64_t offset, std::uint64_t bytes, std::uint64_t next_seq,
                std::string reason);
};

Reader::Reader(FileSystem& fs, std::string dir, Position start, OnDamage on_damage)
    : impl_(new Impl{fs, std::move(dir), start, std::move(on_damage)}) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

Position Reader::position() const {
    return impl_->at;
}

std::string_view Reader::node() const {
    return impl_->segment ? std::string_view(impl_->segment->header().node) : std::string_view();
}

Result<bool> Reader::next(Position limit, Entry& entry) {
    for (;;) {
        if (!impl_->segment) {
            TRY(auto opened, impl_->open(limit));
            if (!opened) return false;
        }
        if (impl_->at.segment < limit.segment && impl_->segment_end == 0) {
            TRY(impl_->find_end(limit));
        }
        TRY(auto found, impl_->read(limit, entry));
        if (found) return true;
        if (impl_->at.segment >= limit.segment) return false;
        TRY(auto following, impl_->successor(impl_->at.segment, limit.segment));
        if (!following) {
            TRY(following, impl_->oldest(impl_->at.segment + 1, limit.segment));
        }
        if (!following) return fail(Errc::corrupt, impl_->dir + ": a segment is missing");
        TRY(impl_->enter(std::move(*following), 0));
    }
}

Result<bool> Reader::Impl::open(Position limit) {
    if (limit.segment == 0 || at.segment > limit.segment) return false;
    if (at.segment != 0) {
        TRY(segment, open_if_whole(at.segment));
        segment_end = 0;
        // Journal::first() gives the begin of a segment, and no seq.
        if (segment && at.seq == 0) at.seq = segment->header().first_seq;
        if (segment) return true;
    }
    TRY(auto first, oldest(at.segment, limit.segment));
    if (!first) return false;
    TRY(enter(std::move(*first), 0));
    return true;
}

Result<std::optional<Segment>> Reader::Impl::open_if_whole(std::uint64_t number) {
    auto opened = Segment::open(fs, dir, number);
    if (opened) return std::optional<Segment>(std::move(opened.value()));
    auto const code = opened.error().code;
    if (code == Errc::not_found || code == Errc::corrupt) return std::optional<Segment>();
    return opened.error();
}

Result<void> Reader::Impl::enter(Segment next, std::uint64_t end) {
    // Another node counts from 1 again: nothing is missing. (at.segment 0: reading from the very start.)
    auto const& header = next.header();
    bool const same_node = !segment || segment->header().node == header.node;
    if (same_node && at.seq != 0 && header.first_seq > at.seq) {
        report(at.offset, 0, header.first_seq, "segment missing or its end unreadable");
    }
    at = {header.segment, kSegmentHeaderBytes, header.first_seq};
    segment = std::move(next);
    segment_end = end;
    return success();
}

Result<std::optional<Segment>> Reader::Impl::successor(std::uint64_t number, std::uint64_t limit) {
    std::optional<Segment> found;
    TRY(auto names, fs.list(dir));
    for (auto name = names.rbegin(); name != names.rend() && !found; ++name) {
        auto const candidate = segment_number(*name);
        if (!candidate || *candidate <= number || *candidate > limit) continue;
        TRY(auto opened, open_if_whole(*candidate));
        if (opened && opened->header().previous == number) found = std::move(opened);
    }
    return found;
}

Result<std::optional<Segment>> Reader::Impl::oldest(std::uint64_t from, std::uint64_t limit) {
    std::optional<Segment> found;
    TRY(auto names, fs.list(dir));
    for (auto const& name : names) {
        auto const candidate = segment_number(name);
        if (!candidate || *candidate < from || *candidate > limit) continue;
        TRY(found, open_if_whole(*candidate));
        if (found) break;
    }
    return found;
}

Result<void> Reader::Impl::find_end(Position limit) {
    TRY(auto following, successor(at.segment, limit.segment));
    if (following) {
        segment_end = following->header().previous_end;
    } else {
        // The header behind is damaged: read as far as entries go.
        TRY(segment_end, segment->size());
    }
    return success();
}

Result<bool> Reader::Impl::read(Position limit, Entry& entry) {
    auto const end = at.segment == limit.segment ? limit.offset : segment_end;
    while (at.offset < end) {
        std::string_view payload;
        TRY(auto header, segment->entry_at(at.offset, end, payload));
        if (!header) {
            TRY(auto found, segment->find_entry(at.offset + kAlignment, end));
            std::uint64_t next_seq = at.segment == limit.segment ? limit.seq : at.seq;
            if (found < end) {
                TRY(header, segment->entry_at(found, end, payload));
                next_seq = header->first_seq;
            }
            report(at.offset, found - at.offset, next_seq, "no whole entry");
            at.offset = found;
            at.seq = next_seq;
            continue;
        }
        entry.tag = header->tag;
        entry.rows = header->rows;
        entry.first_seq = header->first_seq;
        entry.commit = header->commit;
        entry.received_at_ms = header->received_at_ms;
        entry.node = segment->header().node;
        entry.text = payload;
        entry.begin = {at.segment, at.offset, header->first_seq};
        at.offset += entry_bytes(header->bytes);
        at.seq = header->first_seq + header->rows;
        entry.end = at;
        return true;
    }
    return false;
}

void Reader::Impl::report(std::uint64_t offset, std::uint64_t bytes, std::uint64_t next_seq,
                          std::string reason) {
    if (!on_damage) return;
    std::uint64_t const rows = next_seq > at.seq ? next_seq - at.seq : 0;
    on_damage({segment_name(at.segment), offset, bytes, at.seq, rows, std::move(reason)});
}

}  // namespace inlet::journal
