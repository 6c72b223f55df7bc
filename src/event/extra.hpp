// extra.hpp - the row member "extra": all that the contract does not name, verbatim.
// A row of a track request has the unknown members of its event and then those of the body; where
// both have a name, the event's counts. Names that appear twice in one object are all kept. No step
// is repeated per row and shared member: what a row hides is looked up by its own names, and the
// members that share a name are hidden as one group.
// Threads: one. Steady state allocates nothing.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "event/names.hpp"
#include "event/span.hpp"
#include "event/walker.hpp"

namespace inlet::event {

class Extra {
  public:
    // The members of the body that every row repeats. All arguments must live as long as rows are
    // made.
    void begin(Walker const& walker, std::size_t body_size, std::span<Member const> shared);

    // Bytes of ,"extra":{...} in the row that has `own` members; 0 if there is nothing to keep.
    [[nodiscard]] std::size_t size(std::span<Member const> own) {
        return own.empty() && groups_.empty() ? 0 : nonzero_size(own);
    }
    // Writes that many bytes; returns their end.
    char* write(std::span<Member const> own, char* out) {
        return own.empty() && groups_.empty() ? out : write_members(own, out);
    }

  private:
    // The shared members of one name: sorted_[begin, end).
    struct Group {
        std::string_view name;
        std::uint32_t begin;
        std::uint32_t end;
        std::size_t bytes;        // of all its members, each with a comma
        std::uint32_t hidden_in;  // the last round in which a row's own member hid it
    };
    struct Named {
        std::string_view name;
        std::uint32_t index;  // in the order of the body
        Member const* member;
    };

    void group_by_name();
    [[nodiscard]] std::size_t nonzero_size(std::span<Member const> own);
    char* write_members(std::span<Member const> own, char* out);
    // Marks the groups that `own` hides; returns the bytes of the others, each with a comma.
    std::size_t hide(std::span<Member const> own);

    Walker const* walker_ = nullptr;
    std::size_t body_size_ = 0;
    std::vector<Named> sorted_;            // by name, then in the order of the body
    std::vector<Group> groups_;            // by name
    std::vector<std::uint32_t> in_order_;  // groups_ in the order of the body
    std::size_t shared_bytes_ = 0;
    std::uint32_t round_ = 0;
    Names shared_names_;
    Names own_names_;
};

}  // namespace inlet::event
