#include "sim/rows.hpp"

#include <array>
#include <charconv>
#include <cstdio>

#include "base/id.hpp"
#include "base/time.hpp"
#include "event/row.hpp"
#include "event/row_layout.hpp"

namespace inlet::sim {
namespace {

constexpr std::array kKinds = {event::Kind::track, event::Kind::alias, event::Kind::profile};

bool skip(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

std::string_view take(std::string_view& text, std::size_t size) {
    auto const part = text.substr(0, size);
    text.remove_prefix(part.size());
    return part;
}

bool take_number(std::string_view& text, std::uint64_t& value) {
    auto const [end, err] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (err != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return true;
}

}  // namespace

std::string stored_row(event::Kind kind, std::uint64_t number, std::size_t padding, bool poisoned) {
    char id[kUuidSize + 1];
    std::snprintf(id, sizeof(id), "00000000-0000-7000-8000-%012llu",
                  static_cast<unsigned long long>(number));
    std::string row(event::row_head(kind));
    row.append(id).append("\",\"userId\":\"u\",\"content\":\"");
    // Not the same everywhere: a sector in the wrong place must show.
    for (std::size_t i = 0; i < padding; ++i)
        row += static_cast<char>('a' + (number * 7 + i / 64) % 26);
    row += "\"";
    if (poisoned) row.append(",").append(kPoison).append(":1");
    return row.append(event::kRowEnd);
}

std::optional<ArrivedRow> parse_arrived(std::string_view line) {
    for (auto const kind : kKinds) {
        auto rest = line;
        if (!skip(rest, event::row_head(kind))) continue;
        ArrivedRow row = {.kind = kind, .number = 0, .received_at_ms = 0, .node = {}, .seq = 0};
        auto const id = take(rest, kUuidSize);
        auto digits = id.substr(std::min<std::size_t>(id.size(), kUuidSize - 12));
        auto const from = std::min(digits.find_first_not_of('0'), digits.size());
        digits.remove_prefix(from);
        if (!take_number(digits, row.number) || !digits.empty()) return std::nullopt;
        if (!skip(rest, R"(","receivedAt":")")) return std::nullopt;
        auto const time = parse_iso_time(take(rest, kIsoTimeSize));
        if (!time || !skip(rest, R"(","node":")")) return std::nullopt;
        row.received_at_ms = *time;
        row.node = take(rest, kNodeSize);
        if (!skip(rest, R"(","seq":)") || !take_number(rest, row.seq)) return std::nullopt;
        return row;
    }
    return std::nullopt;
}

std::string arrived_form(std::string_view stored, ArrivedRow const& row) {
    std::string line;
    event::Stamper().append(line, row.kind, stored, {row.received_at_ms, row.node, row.seq});
    return line;
}

}  // namespace inlet::sim
