// suggest.hpp - "did you mean ...?"
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace inlet::config {

// ` (did you mean "server.listen"?)` for the candidate that is nearest to `word`, or "" if none is
// near.
std::string suggestion(std::string_view word, std::span<std::string const> candidates);

// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace inlet::config
