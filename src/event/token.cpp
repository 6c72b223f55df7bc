#include "event/token.hpp"

namespace inlet::event {
namespace {

// Takes all digits from the front; false if there is none.
bool take_digits(std::string_view& text) {
    std::size_t n = 0;
    while (n < text.size() && is_digit(text[n])) ++n;
    text.remove_prefix(n);
    return n > 0;
}

bool take(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
}

}  // namespace

bool is_number(std::string_view token) {
    take(token, '-');
    if (!take(token, '0') && !take_digits(token)) return false;
    if (take(token, '.') && !take_digits(token)) return false;
    if (take(token, 'e') || take(token, 'E')) {
        if (!take(token, '+')) take(token, '-');
        if (!take_digits(token)) return false;
    }
    return token.empty();
}

bool is_literal(std::string_view token) {
    return token == "true" || token == "false" || token == "null";
}

bool is_int64(std::string_view token) {
    constexpr std::string_view kLargest = "9223372036854775807";
    constexpr std::string_view kSmallest = "9223372036854775808";
    bool const negative = take(token, '-');
    if (token.empty() || token.size() > kLargest.size()) return false;
    if (token.front() == '0' && token.size() > 1) return false;
    for (char c : token) {
        if (!is_digit(c)) return false;
    }
    // Texts of the same length compare like their numbers.
    return token.size() < kLargest.size() || token <= (negative ? kSmallest : kLargest);
}

}  // namespace inlet::event
