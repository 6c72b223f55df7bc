#include "event/row.hpp"

#include <charconv>

#include "base/check.hpp"
#include "base/time.hpp"
#include "event/row_layout.hpp"

namespace inlet::event {

void Stamper::append(std::string& out, Kind kind, std::string_view stored, Stamp const& stamp) {
    auto const split = stamp_offset(kind);
    CHECK(stored.size() > split && stored.ends_with(kRowEnd));
    char seq[20];
    auto const seq_end = std::to_chars(seq, seq + sizeof(seq), stamp.seq).ptr;
    out += stored.substr(0, split);
    if (text_.empty() || stamp.received_at_ms != received_at_ms_ || stamp.node != node_) {
        received_at_ms_ = stamp.received_at_ms;
        node_ = stamp.node;
        text_ = R"(,"receivedAt":")";
        append_iso_time(text_, received_at_ms_);
        text_ += R"(","node":")";
        text_ += node_;
        text_ += R"(","seq":)";
    }
    out += text_;
    out.append(seq, seq_end);
    out += stored.substr(split);
}

}  // namespace inlet::event
