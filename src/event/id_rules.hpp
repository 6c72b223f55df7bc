// id_rules.hpp - what is an id (or a name of an event), and which ids are placeholders.
// Ids are opaque: they are compared by their decoded bytes, never trimmed or folded.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "event/event.hpp"

namespace inlet::event {

class IdRules {
  public:
    explicit IdRules(Limits const& limits);

    // `token`: a JSON string with its quotes.
    [[nodiscard]] bool has_valid_size(std::string_view token) const;
    [[nodiscard]] std::size_t max_bytes() const { return max_bytes_; }

    // `id`: decoded. Empty or blank, or one of Limits::reserved_ids in any case.
    [[nodiscard]] bool is_reserved(std::string_view id) const;

  private:
    std::size_t max_bytes_;
    std::vector<std::string> reserved_;  // in lower case
};

}  // namespace inlet::event
