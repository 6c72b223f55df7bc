#include "journal/chain.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "journal/lane_state.hpp"
#include "journal/segment.hpp"

namespace inlet::journal {
namespace {

constexpr std::string_view kUnfinished = ".new";
constexpr std::string_view kSpare = ".spare";

struct Gap {
    std::uint64_t begin;
    std::uint64_t end;
    std::uint64_t first_seq;  // expected where the gap begins
    std::uint64_t rows;
};

struct Scan {
    std::uint64_t end = kSegmentHeaderBytes;
    std::uint64_t next_seq = 1;
    std::uint64_t last_commit = 0;
    std::uint64_t last_commit_start = kSegmentHeaderBytes;  // `end` if nothing of it is left
    std::uint64_t last_commit_first_seq = 1;
    std::uint64_t cut_bytes = 0;
    std::vector<Gap> gaps;  // that count as damage
};

// What is known of the last commit in a segment while it is scanned.
struct Tail {
    std::uint64_t commit = 0;
    std::uint64_t start = kSegmentHeaderBytes;  // its first entry
    std::uint64_t first_seq = 0;
    std::uint64_t seen_end = kSegmentHeaderBytes;  // behind the last whole entry of any commit
};

// Commit n+1 is written only after n was synced. So everything before the start of the last commit that left
// a whole entry was on disk once: a hole there is damage, and rows behind it live. Inside the last commit the
// sectors may have reached the disk in any order: from its first hole on nothing was ever acknowledged.
Result<Scan> scan(Segment& segment) {
    TRY(auto size, segment.size());
    Scan result;
    result.next_seq = segment.header().first_seq;
    result.last_commit = segment.header().first_commit - 1;
    Tail tail;
    std::uint64_t offset = kSegmentHeaderBytes;
    std::uint64_t next_seq = result.next_seq;
    std::vector<Gap> gaps;
    for (;;) {
        std::string_view payload;
        TRY(auto entry, segment.entry_at(offset, size, payload));
        if (!entry) {
            TRY(auto found, segment.find_entry(offset + kAlignment, size));
            if (found >= size) break;
            TRY(entry, segment.entry_at(found, size, payload));
            gaps.push_back({offset, found, next_seq, entry->first_seq - next_seq});
            offset = found;
        }
        if (entry->commit != tail.commit) {
            tail.commit = entry->commit;
            tail.start = entry->commit_start;
            tail.first_seq = entry->commit_first_seq;
        }
        next_seq = entry->first_seq + entry->rows;
        offset += entry_bytes(entry->bytes);
        tail.seen_end = offset;
    }
    result.end = tail.seen_end;
    result.next_seq = next_seq;
    result.last_commit = std::max(result.last_commit, tail.commit);
    for (auto const& gap : gaps) {
        if (gap.end <= tail.start) {
            result.gaps.push_back(gap);
            continue;
        }
        // The hole lies in the last commit, or reaches into it: cut there.
        result.end = std::max(gap.begin, tail.start);
        result.next_seq = std::max(gap.first_seq, tail.first_seq);
        if (gap.begin < tail.start) {
            result.gaps.push_back(
                {gap.begin, tail.start, gap.first_seq, tail.first_seq - gap.first_seq});
        }
        break;
    }
    result.cut_bytes = tail.seen_end - result.end;
    bool const some_left = result.end > tail.start;
    result.last_commit_start = some_left ? tail.start : result.end;
    result.last_commit_first_seq = some_left ? tail.first_seq : result.next_seq;
    return result;
}

struct Opened {
    std::map<std::uint64_t, Segment> good;
    std::vector<std::uint64_t> bad;
};

Result<Opened> open_all(FileSystem& fs, std::string const& dir, Chain& chain) {
    Opened opened;
    TRY(auto names, fs.list(dir));
    for (auto const& name : names) {
        auto const number = segment_number(name);
        if (!number) {
            for (auto const suffix : {kUnfinished, kSpare}) {
                if (!name.ends_with(suffix)) continue;
                chain.leftovers.push_back(name);
                // Its number is used up: it may hold entries that would pass for those of its next bearer, and it may
                // be removed late.
                auto const segment = std::string_view(name).substr(0, name.size() - suffix.size());
                chain.highest_number =
                    std::max(chain.highest_number, segment_number(segment).value_or(0));
            }
            continue;
        }
        chain.highest_number = std::max(chain.highest_number, *number);
        auto segment = Segment::open(fs, dir, *number);
        if (segment) {
            opened.good.emplace(*number, std::move(segment.value()));
        } else if (segment.error().code == Errc::corrupt) {
            opened.bad.push_back(*number);
        } else {
            return segment.error();
        }
    }
    return opened;
}

// The first segment that a lane has still to read.
std::uint64_t oldest_needed(FileSystem& fs, std::string const& dir) {
    auto const lanes = read_lanes(fs, dir);
    if (!lanes || lanes.value().empty()) return 0;
    auto oldest = std::numeric_limits<std::uint64_t>::max();
    for (auto const& lane : lanes.value()) {
        if (!lane.state.is_detached) oldest = std::min(oldest, lane.state.cursor.segment);
    }
    return oldest;
}

}  // namespace

Result<Chain> read_chain(FileSystem& fs, std::string const& dir) {
    Chain chain;
    TRY(auto opened, open_all(fs, dir, chain));
    for (auto number : opened.bad) {
        chain.damage.push_back({segment_name(number), 0, kSegmentHeaderBytes, 0, 0, "header"});
        if (opened.good.empty() || number > opened.good.rbegin()->first)
            chain.end_is_certain = false;
    }
    if (opened.good.empty()) return chain;

    auto at = std::prev(opened.good.end());
    TRY(auto last, scan(at->second));
    for (auto const& gap : last.gaps) {
        chain.damage.push_back({segment_name(at->first), gap.begin, gap.end - gap.begin,
                                gap.first_seq, gap.rows, "no whole entry"});
    }
    chain.end = {at->first, last.end, last.next_seq};
    chain.last_commit_begin = {at->first, last.last_commit_start, last.last_commit_first_seq};
    chain.last_commit = last.last_commit;
    chain.cut_bytes = last.cut_bytes;
    chain.segments.push_back({at->second.header(), last.end});

    // Backwards along the links. A link to a file that is gone ends the chain, as it was released; unless a lane has
    // still to read what stands before it.
    auto const needed_from = oldest_needed(fs, dir);
    for (;;) {
        auto const header = chain.segments.back().header;
        auto before = opened.good.find(header.previous);
        if (before != opened.good.end()) {
            chain.segments.push_back({before->second.header(), header.previous_end});
            continue;
        }
        bool const unreadable =
            std::find(opened.bad.begin(), opened.bad.end(), header.previous) != opened.bad.end();
        before = opened.good.lower_bound(header.previous);
        if (before == opened.good.begin()) break;
        --before;
        if (!unreadable && before->first < needed_from) break;
        TRY(auto whole, scan(before->second));
        chain.segments.push_back({before->second.header(), whole.end});
    }
    std::reverse(chain.segments.begin(), chain.segments.end());

    for (auto const& [number, segment] : opened.good) {
        bool const linked =
            std::any_of(chain.segments.begin(), chain.segments.end(),
                        [n = number](auto const& s) { return s.header.segment == n; });
        if (!linked) chain.leftovers.push_back(segment_name(number));
    }
    return chain;
}

Result<void> require_segments(Chain const& chain, std::string const& dir) {
    if (!chain.segments.empty()) return success();
    if (chain.damage.empty()) return fail(Errc::not_found, dir + ": no journal here");
    return fail(Errc::corrupt, dir + "/" + chain.damage.front().file +
                                   ": the header cannot be read; there is no segment that can");
}

}  // namespace inlet::journal
