#include "event/names.hpp"

#include <algorithm>

#include "event/bounded_clear.hpp"
#include "event/escape.hpp"

namespace inlet::event {

void Names::clear(std::size_t text_size) {
    bounded_clear(names_);
    decoded_.clear();
    text_size_ = text_size;
}

std::string_view Names::decoded(std::string_view token) {
    auto const raw = unquoted(token);
    if (!has_escape(raw)) return raw;
    if (decoded_.empty()) decoded_.reserve(text_size_);
    auto const begin = decoded_.size();
    append_decoded(decoded_, raw);
    return std::string_view(decoded_).substr(begin);
}

bool Names::has_duplicate() {
    constexpr std::size_t kFew = 12;  // compare all pairs: most comparisons end at the length
    if (names_.size() <= kFew) {
        for (auto it = names_.begin(); it != names_.end(); ++it) {
            if (std::find(names_.begin(), it, *it) != it) return true;
        }
        return false;
    }
    std::sort(names_.begin(), names_.end());
    return std::adjacent_find(names_.begin(), names_.end()) != names_.end();
}

std::vector<std::string_view> Names::duplicates() {
    std::vector<std::string_view> found;
    std::sort(names_.begin(), names_.end());
    for (std::size_t i = 1; i < names_.size(); ++i) {
        bool const repeated = names_[i] == names_[i - 1];
        if (repeated && (found.empty() || found.back() != names_[i])) found.push_back(names_[i]);
    }
    return found;
}

}  // namespace inlet::event
