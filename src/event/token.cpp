#include "event/token.hpp"

namespace inlet::event {
namespace {

// A text that is eaten from the front.
class Rest {
  public:
    explicit Rest(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}
    [[nodiscard]] bool empty() const { return at_ == end_; }
    bool take(char c) { return !empty() && *at_ == c && (++at_, true); }
    // All digits; false if there is none.
    bool take_digits() {
        auto const* const begin = at_;
        while (!empty() && is_digit(*at_)) ++at_;
        return at_ != begin;
    }

  private:
    char const* at_;
    char const* const end_;
};

}  // namespace

bool is_number(std::string_view token) {
    Rest rest(token);
    rest.take('-');
    if (!rest.take('0') && !rest.take_digits()) return false;
    if (rest.empty()) return true;
    if (rest.take('.') && !rest.take_digits()) return false;
    if (rest.take('e') || rest.take('E')) {
        if (!rest.take('+')) rest.take('-');
        if (!rest.take_digits()) return false;
    }
    return rest.empty();
}

bool is_int64(std::string_view token) {
    constexpr std::string_view kLargest = "9223372036854775807";
    constexpr std::string_view kSmallest = "9223372036854775808";
    // Nearly always milliseconds of our days: 13 digits, seen as two overlapping groups of eight.
    auto const size = token.size();
    if (size >= 8 && size <= 16 && token.front() != '0' && are_eight_digits(token.data()) &&
        are_eight_digits(token.data() + size - 8)) {
        return true;
    }
    bool const negative = token.starts_with('-');
    if (negative) token.remove_prefix(1);
    if (token.empty() || token.size() > kLargest.size()) return false;
    if (token.front() == '0' && token.size() > 1) return false;
    for (char c : token) {
        if (!is_digit(c)) return false;
    }
    // Texts of the same length compare like their numbers.
    return token.size() < kLargest.size() || token <= (negative ? kSmallest : kLargest);
}

}  // namespace inlet::event
