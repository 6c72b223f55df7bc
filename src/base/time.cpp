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

// Takes the parts of a text from its front; once something does not fit, all later calls fail too.
class Scanner {
  public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    int digits(std::size_t width) {
        int value = 0;
        if (rest_.size() < width) return fail();
        for (std::size_t i = 0; i < width; ++i) {
            if (rest_[i] < '0' || rest_[i] > '9') return fail();
            value = value * 10 + (rest_[i] - '0');
        }
        rest_.remove_prefix(width);
        return value;
    }
    bool skip(char c) {
        if (rest_.empty() || rest_.front() != c) return false;
        rest_.remove_prefix(1);
        return true;
    }
    void expect(char c) {
        if (!skip(c)) fail();
    }
    // ".5" -> 500; digits after the third are read and dropped.
    int fraction_ms() {
        if (!skip('.')) return 0;
        int ms = digits(1) * 100;
        for (int unit = 10; is_digit(); unit /= 10) ms += digits(1) * unit;
        return ms;
    }
    int zone_minutes() {
        if (skip('Z')) return 0;
        int const sign = skip('-') ? -1 : 1;
        if (sign > 0) expect('+');
        int const hours = digits(2);
        skip(':');
        int const minutes = digits(2);
        if (hours > 23 || minutes > 59) fail();
        return sign * (hours * 60 + minutes);
    }
    [[nodiscard]] bool ended_well() const { return good_ && rest_.empty(); }

  private:
    [[nodiscard]] bool is_digit() const {
        return !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9';
    }
    int fail() {
        good_ = false;
        rest_ = {};
        return 0;
    }

    std::string_view rest_;
    bool good_ = true;
};

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

std::optional<std::int64_t> parse_iso_time(std::string_view text) {
    using namespace std::chrono;
    Scanner in(text);
    year const y{in.digits(4)};
    in.expect('-');
    month const m{static_cast<unsigned>(in.digits(2))};
    in.expect('-');
    day const d{static_cast<unsigned>(in.digits(2))};
    in.expect('T');
    int const hour = in.digits(2);
    in.expect(':');
    int const minute = in.digits(2);
    in.expect(':');
    int const second = in.digits(2);
    int const ms = in.fraction_ms();
    int const zone = in.zone_minutes();
    year_month_day const date(y, m, d);
    // A leap second (60) is the first second of the next minute.
    if (!in.ended_well() || !date.ok() || hour > 23 || minute > 59 || second > 60) return {};
    auto const time = sys_days(date) + hours(hour) + minutes(minute - zone) + seconds(second);
    return duration_cast<milliseconds>(time.time_since_epoch()).count() + ms;
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
