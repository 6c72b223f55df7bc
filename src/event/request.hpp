// request.hpp - what RequestParser found in an accepted body: places in it, no copies.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "event/span.hpp"

namespace inlet::event {

struct RowParts {
    std::array<Span, 3> values;     // in the order of the tables in contract.hpp
    Span message_id;                // the event's; only if it can be used
    std::uint32_t extra_begin = 0;  // its unknown members: Request::members[extra_begin, extra_end)
    std::uint32_t extra_end = 0;
};

// Reused from body to body, so that its vectors keep their memory.
struct Request {
    Span user_id;     // of a track body, for all of its rows
    Span message_id;  // the body's; only if it can be used
    std::vector<RowParts> rows;
    std::vector<Member> members;         // unknown members of all rows, one row after the other
    std::vector<Member> shared_members;  // unknown members of a track body, repeated in each row
    std::vector<std::string> warnings;

    [[nodiscard]] std::span<Member const> extra(RowParts const& row) const {
        return std::span(members).subspan(row.extra_begin, row.extra_end - row.extra_begin);
    }
    void clear();
};

}  // namespace inlet::event
