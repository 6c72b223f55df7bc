#include "sink/object_plan.hpp"

#include <algorithm>
#include <optional>

#include "base/check.hpp"
#include "sink/object_key.hpp"

namespace inlet::sink {
namespace {

constexpr std::string_view kVersionLine = "inlet object plan 1\n";

// The value of the line "name=value\n" at the front of `text`, which goes on behind it.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view name) {
    if (!text.starts_with(name) || text.substr(name.size(), 1) != "=") return std::nullopt;
    text.remove_prefix(name.size() + 1);
    auto const end = text.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    auto const value = text.substr(0, end);
    text.remove_prefix(end + 1);
    return value;
}

std::optional<Codec> parse_codec(std::string_view text) {
    for (Codec const codec : {Codec::off, Codec::gzip, Codec::zstd}) {
        if (text == to_string(codec)) return codec;
    }
    return std::nullopt;
}

std::optional<ObjectPlan> parse_lines(std::string_view text) {
    if (!text.starts_with(kVersionLine)) return std::nullopt;
    text.remove_prefix(kVersionLine.size());
    auto const destination = take_line(text, "destination");
    auto const codec = parse_codec(take_line(text, "codec").value_or(""));
    auto const node = take_line(text, "node");
    auto const first = parse_number(take_line(text, "first_seq").value_or(""));
    auto const last = parse_number(take_line(text, "last_seq").value_or(""));
    if (!destination || !codec || !node || !first || !last || !text.empty()) return std::nullopt;
    if (!is_proper_destination(*destination) || !is_plain_name(*node)) return std::nullopt;
    if (*first > *last) return std::nullopt;
    return ObjectPlan{std::string(*destination), *codec, std::string(*node), *first, *last};
}

}  // namespace

bool is_proper_destination(std::string_view destination) {
    auto const is_control = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    };
    return !destination.empty() && destination.size() <= kMaxDestinationBytes &&
           std::none_of(destination.begin(), destination.end(), is_control);
}

std::string ObjectPlan::text() const {
    CHECK(is_proper_destination(destination));
    std::string out(kVersionLine);
    out += "destination=" + destination + "\n";
    out += "codec=" + std::string(to_string(codec)) + "\n";
    out += "node=" + node + "\n";
    out += "first_seq=" + std::to_string(first_seq) + "\n";
    out += "last_seq=" + std::to_string(last_seq) + "\n";
    return out;
}

Result<ObjectPlan> ObjectPlan::parse(std::string_view text) {
    auto plan = parse_lines(text);
    if (!plan) return fail(Errc::corrupt, "saved plan of a batch");
    return *std::move(plan);
}

}  // namespace inlet::sink
