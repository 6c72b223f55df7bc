// row_layout.hpp - the fixed texts of a row, shared by those who write, stamp and read rows.
#pragma once

#include <array>
#include <string_view>

#include "base/id.hpp"
#include "event/event.hpp"

namespace inlet::event {

// Everything before the id.
constexpr std::string_view row_head(Kind kind) {
    switch (kind) {
        case Kind::alias:
            return R"({"type":"alias","id":")";
        case Kind::profile:
            return R"({"type":"profile","id":")";
        case Kind::track:
            break;
    }
    return R"({"type":"track","id":")";
}

// Where the stamp goes: behind the id and its quote.
constexpr std::size_t stamp_offset(Kind kind) {
    return row_head(kind).size() + kUuidSize + 1;
}

constexpr std::string_view kRowEnd = "}\n";

}  // namespace inlet::event
