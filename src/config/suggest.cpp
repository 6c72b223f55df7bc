#include "config/suggest.hpp"

#include <algorithm>
#include <vector>

namespace inlet::config {

namespace {

// Longer words are no typing mistakes, and the work grows with the square.
constexpr std::size_t kMaxWord = 100;

std::string_view last_part(std::string_view name) {
    return name.substr(name.rfind('.') + 1);
}

template <class Predicate>
std::string const* first_of(std::span<std::string const> candidates, Predicate matches) {
    auto const found = std::ranges::find_if(candidates, matches);
    return found == candidates.end() ? nullptr : &*found;
}

}  // namespace

// Optimal string alignment: three rows of the usual table are enough.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1), above(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) above[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            std::size_t const replaced = above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({above[j] + 1, row[j - 1] + 1, replaced});
            bool const swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, above);
        std::swap(above, row);
    }
    return above[b.size()];
}

std::string suggestion(std::string_view word, std::span<std::string const> candidates) {
    if (word.size() > kMaxWord) return {};
    std::string const* nearest = nullptr;
    std::size_t least = std::max<std::size_t>(2, word.size() / 6) + 1;
    for (std::string const& candidate : candidates) {
        std::size_t const distance = edit_distance(word, candidate);
        if (distance >= least) continue;
        least = distance;
        nearest = &candidate;
    }
    if (!nearest)
        nearest = first_of(candidates, [&](std::string_view candidate) {
            bool const lacks_unit = candidate.starts_with(word) && candidate[word.size()] == '_';
            return lacks_unit || last_part(candidate) == last_part(word);
        });
    return nearest ? " (did you mean \"" + *nearest + "\"?)" : std::string();
}

}  // namespace inlet::config
