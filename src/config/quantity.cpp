#include "config/quantity.hpp"

#include <charconv>
#include <span>

namespace inlet::config {

namespace {

struct Suffix {
    std::string_view name;
    std::int64_t factor;
};

// Powers of 1024 come first, largest first: with_unit() takes the first that divides.
constexpr Suffix kByteSuffixes[] = {
    {"TiB", 1LL << 40},
    {"GiB", 1LL << 30},
    {"MiB", 1LL << 20},
    {"KiB", 1LL << 10},
    {"TB", 1'000'000'000'000},
    {"GB", 1'000'000'000},
    {"MB", 1'000'000},
    {"kB", 1'000},
    {"KB", 1'000},
    {"B", 1},
};
constexpr Suffix kTimeSuffixes[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1},
};

std::span<Suffix const> suffixes(Unit unit) {
    switch (unit) {
        case Unit::bytes:
        case Unit::bytes_per_second:
            return kByteSuffixes;
        case Unit::milliseconds:
            return kTimeSuffixes;
        case Unit::none:
        case Unit::seconds:
            return {};
    }
    return {};
}

std::string_view skip_spaces(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    return text;
}

}  // namespace

bool has_suffixes(Unit unit) {
    return !suffixes(unit).empty();
}

std::optional<std::int64_t> parse_quantity(std::string_view text, Unit unit) {
    text = skip_spaces(text);
    std::int64_t number = 0;
    auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc()) return std::nullopt;
    std::string_view name = text.substr(static_cast<std::size_t>(end - text.data()));
    while (!name.empty() && name.back() == ' ') name.remove_suffix(1);
    name = skip_spaces(name);
    if (name.empty()) return number;
    for (Suffix const& suffix : suffixes(unit)) {
        if (suffix.name != name) continue;
        std::int64_t product = 0;
        if (__builtin_mul_overflow(number, suffix.factor, &product)) {
            return std::nullopt;
        }
        return product;
    }
    return std::nullopt;
}

std::string base_suffix(Unit unit) {
    switch (unit) {
        case Unit::bytes:
            return " B";
        case Unit::bytes_per_second:
            return " B/s";
        case Unit::milliseconds:
            return " ms";
        case Unit::seconds:
            return " s";
        case Unit::none:
            break;
    }
    return {};
}

std::string with_unit(std::int64_t value, Unit unit) {
    if (value == 0) return {};
    for (Suffix const& suffix : suffixes(unit)) {
        if (suffix.factor == 1 || value % suffix.factor != 0) continue;
        std::string text = std::to_string(value / suffix.factor) + " " + std::string(suffix.name);
        return unit == Unit::bytes_per_second ? text + "/s" : text;
    }
    return {};
}

}  // namespace inlet::config
