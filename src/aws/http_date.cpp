#include "aws/http_date.hpp"

#include <chrono>

namespace inlet::aws {
namespace {

constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr std::string_view kShape = "Www, 00 Mmm 0000 00:00:00 GMT";

bool has_shape(std::string_view text) {
    if (text.size() != kShape.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const wanted = kShape[i];
        bool const is_digit = text[i] >= '0' && text[i] <= '9';
        bool const is_name = i < 3 || (i >= 8 && i < 11);
        if (wanted == '0' ? !is_digit : !is_name && text[i] != wanted) return false;
    }
    return true;
}

int number(std::string_view digits) {
    int value = 0;
    for (char const c : digits) value = value * 10 + (c - '0');
    return value;
}

}  // namespace

std::optional<std::int64_t> parse_http_date(std::string_view text) {
    using namespace std::chrono;
    if (!has_shape(text)) return std::nullopt;
    auto const at = kMonths.find(text.substr(8, 3));
    if (at == std::string_view::npos || at % 3 != 0) return std::nullopt;
    year_month_day const date(year(number(text.substr(12, 4))),
                              month(static_cast<unsigned>(at / 3 + 1)),
                              day(static_cast<unsigned>(number(text.substr(5, 2)))));
    int const h = number(text.substr(17, 2));
    int const m = number(text.substr(20, 2));
    int const s = number(text.substr(23, 2));
    if (!date.ok() || h > 23 || m > 59 || s > 60) return std::nullopt;  // 60: a leap second
    auto const time = sys_days(date) + hours(h) + minutes(m) + seconds(s);
    return duration_cast<milliseconds>(time.time_since_epoch()).count();
}

}  // namespace inlet::aws
