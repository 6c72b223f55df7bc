#include "event/id_rules.hpp"

#include <algorithm>

#include "event/escape.hpp"

namespace inlet::event {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_blank(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool equals_lower(std::string_view id, std::string_view lower_case) {
    return std::equal(id.begin(), id.end(), lower_case.begin(), lower_case.end(),
                      [](char a, char b) { return lower(a) == b; });
}

}  // namespace

IdRules::IdRules(Limits const& limits) : max_bytes_(limits.max_id_bytes) {
    for (auto id : limits.reserved_ids) {
        std::transform(id.begin(), id.end(), id.begin(), lower);
        reserved_.push_back(std::move(id));
    }
}

bool IdRules::has_valid_size(std::string_view token) const {
    auto const raw = unquoted(token);
    // An escape is never shorter than what it stands for, so a short text without any needs no
    // decoding.
    if (raw.empty()) return false;
    if (!has_escape(raw)) return raw.size() <= max_bytes_;
    return decoded_size(raw) <= max_bytes_;
}

bool IdRules::is_reserved(std::string_view id) const {
    if (std::all_of(id.begin(), id.end(), is_blank)) return true;
    return std::any_of(reserved_.begin(), reserved_.end(),
                       [&](std::string const& reserved) { return equals_lower(id, reserved); });
}

}  // namespace inlet::event
