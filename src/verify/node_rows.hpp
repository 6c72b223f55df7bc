// node_rows.hpp - what was seen of one node while the lake is read.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "event/event.hpp"
#include "verify/lake_listing.hpp"
#include "verify/report.hpp"
#include "verify/seq_set.hpp"

namespace inlet::verify {

// Where rows of a node were found: an object, and its lowest and highest number.
struct Place {
    ListedObject const* object;
    SeqRange range;
};

struct NodeRows {
    SeqSet seen;
    SeqSet repeated;                       // seen more than once
    std::array<TypeReport, 4> types = {};  // by event::Kind
    std::uint64_t rows = 0;
    std::vector<Place> places;

    void add(event::Kind kind, std::uint64_t seq) {
        ++rows;
        if (!seen.insert(seq)) repeated.insert(seq);
        auto& type = types[static_cast<std::size_t>(kind)];
        if (type.rows == 0 || seq < type.first_seq) type.first_seq = seq;
        if (seq > type.last_seq) type.last_seq = seq;
        ++type.rows;
    }
};

// All but repeats, conflicts and the time of the horizon, which take a second look at the rows.
// `journal`: of this node, if there is one.
NodeReport summarize(NodeRows const& rows, std::optional<JournalTail> const& journal);

}  // namespace inlet::verify
