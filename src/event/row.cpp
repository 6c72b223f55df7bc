#include "event/row.hpp"

#include <charconv>

#include "base/check.hpp"
#include "base/time.hpp"
#include "event/row_layout.hpp"

namespace inlet::event {

void append_stamped(std::string& out, Kind kind, std::string_view stored, Stamp const& stamp) {
    auto const split = stamp_offset(kind);
    CHECK(stored.size() > split && stored.ends_with(kRowEnd));
    char seq[20];
    auto const seq_end = std::to_chars(seq, seq + sizeof(seq), stamp.seq).ptr;
    out += stored.substr(0, split);
    out += R"(,"receivedAt":")";
    append_iso_time(out, stamp.received_at_ms);
    out += R"(","node":")";
    out += stamp.node;
    out += R"(","seq":)";
    out.append(seq, seq_end);
    out += stored.substr(split);
}

}  // namespace inlet::event
