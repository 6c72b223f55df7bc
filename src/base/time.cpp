#include "base/time.hpp"

#include <array>
#include <chrono>
#include <cstdio>

namespace inlet {
namespace {

struct Civil {
    int year;
    unsigned month;
    unsigned day;
    unsigned weekday;  // 0 = Sunday
    int hour, minute, second, millisecond;
};

Civil civil(std::int64_t unix_ms) {
    using namespace std::chrono;
    sys_time<milliseconds> const t{milliseconds(unix_ms)};
    auto const day = floor<days>(t);
    year_month_day const date(day);
    hh_mm_ss const clock(t - day);
    return {static_cast<int>(date.year()),
            static_cast<unsigned>(date.month()),
            static_cast<unsigned>(date.day()),
            weekday(day).c_encoding(),
            static_cast<int>(clock.hours().count()),
            static_cast<int>(clock.minutes().count()),
            static_cast<int>(clock.seconds().count()),
            static_cast<int>(clock.subseconds().count())};
}

void append_digits(std::string& out, int value, int width) {
    std::array<char, 4> digits = {'0', '0', '0', '0'};
    for (int i = width - 1; i >= 0; --i, value /= 10) {
        digits[static_cast<std::size_t>(i)] = static_cast<char>('0' + value % 10);
    }
    out.append(digits.data(), static_cast<std::size_t>(width));
}

void append_date(std::string& out, Civil const& c) {
    append_digits(out, c.year, 4);
    out += '-';
    append_digits(out, static_cast<int>(c.month), 2);
    out += '-';
    append_digits(out, static_cast<int>(c.day), 2);
}

void append_clock(std::string& out, Civil const& c) {
    append_digits(out, c.hour, 2);
    out += ':';
    append_digits(out, c.minute, 2);
    out += ':';
    append_digits(out, c.second, 2);
}

}  // namespace

void append_iso_time(std::string& out, std::int64_t unix_ms) {
    auto const c = civil(unix_ms);
    append_date(out, c);
    out += 'T';
    append_clock(out, c);
    out += '.';
    append_digits(out, c.millisecond, 3);
    out += 'Z';
}

std::string iso_time(std::int64_t unix_ms) {
    std::string out;
    append_iso_time(out, unix_ms);
    return out;
}

std::string utc_date(std::int64_t unix_ms) {
    std::string out;
    append_date(out, civil(unix_ms));
    return out;
}

std::int64_t utc_day(std::int64_t unix_ms) {
    using namespace std::chrono;
    return floor<days>(sys_time<milliseconds>{milliseconds(unix_ms)}).time_since_epoch().count();
}

std::string http_date(std::int64_t unix_ms) {
    static constexpr std::array<char const*, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                         "Thu", "Fri", "Sat"};
    static constexpr std::array<char const*, 12> kMonths = {
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    auto const c = civil(unix_ms);
    std::string out = kDays[c.weekday];
    out += ", ";
    append_digits(out, static_cast<int>(c.day), 2);
    out += ' ';
    out += kMonths[c.month - 1];
    out += ' ';
    append_digits(out, c.year, 4);
    out += ' ';
    append_clock(out, c);
    out += " GMT";
    return out;
}

}  // namespace inlet
