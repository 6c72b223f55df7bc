#include "sink/object_key.hpp"

#include <algorithm>
#include <charconv>

namespace inlet::sink {
namespace {

constexpr std::string_view kRows = ".ndjson";

// Takes `expected` from the front of `text`.
bool skip(std::string_view& text, std::string_view expected) {
    if (!text.starts_with(expected)) return false;
    text.remove_prefix(expected.size());
    return true;
}

// What stands in front of `separator`; takes both from `text`. The whole rest if there is none.
std::string_view take_until(std::string_view& text, char separator) {
    auto const end = std::min(text.find(separator), text.size());
    auto const part = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    return part;
}

bool is_date(std::string_view text) {
    constexpr std::string_view kPattern = "dddd-dd-dd";
    if (text.size() != kPattern.size()) return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        bool const digit = text[i] >= '0' && text[i] <= '9';
        if (kPattern[i] == 'd' ? !digit : text[i] != '-') return false;
    }
    return true;
}

}  // namespace

bool is_plain_name(std::string_view text) {
    auto const plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
    return !text.empty() && std::all_of(text.begin(), text.end(), plain);
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t value = 0;
    auto const* const end = text.data() + text.size();
    auto const [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) return std::nullopt;
    if (text.size() > 1 && text.front() == '0') return std::nullopt;
    return value;
}

std::optional<Codec> codec_of_rows_file(std::string_view key) {
    for (Codec const codec : {Codec::off, Codec::gzip, Codec::zstd}) {
        auto const suffix = std::string(kRows) + std::string(file_suffix(codec));
        if (key.size() > suffix.size() && key.ends_with(suffix)) return codec;
    }
    return std::nullopt;
}

std::string ObjectKey::text(std::string_view prefix) const {
    std::string key(prefix);
    key += "/type=" + type + "/dt=" + date + "/" + node;
    key += "-" + std::to_string(first_seq) + "-" + std::to_string(last_seq);
    key += kRows;
    key += file_suffix(codec);
    return key;
}

std::optional<ObjectKey> ObjectKey::parse(std::string_view prefix, std::string_view key) {
    auto const codec = codec_of_rows_file(key);
    if (!codec) return std::nullopt;
    key.remove_suffix(kRows.size() + file_suffix(*codec).size());
    if (!skip(key, prefix) || !skip(key, "/type=")) return std::nullopt;
    auto const type = take_until(key, '/');
    if (!skip(key, "dt=")) return std::nullopt;
    auto const date = take_until(key, '/');
    auto const node = take_until(key, '-');
    auto const first = parse_number(take_until(key, '-'));
    auto const last = parse_number(key);
    if (!is_plain_name(type) || !is_date(date) || !is_plain_name(node)) return std::nullopt;
    if (!first || !last || *first > *last) return std::nullopt;
    return ObjectKey{
        std::string(type), std::string(date), std::string(node), *first, *last, *codec};
}

}  // namespace inlet::sink
