#include "api/write_keys.hpp"

#include <algorithm>

#include "api/write_key_text.hpp"

namespace inlet::api {
namespace {

constexpr std::size_t kMaxFileBytes = 64 << 10;

std::string_view trimmed(std::string_view line) {
    auto const is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
    while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
    while (!line.empty() && is_space(line.back())) line.remove_suffix(1);
    return line;
}

}  // namespace

Result<WriteKeys> WriteKeys::load(FileSystem& fs, std::vector<std::string> const& items,
                                  std::string const& file) {
    WriteKeys keys;
    for (auto const& item : items) {
        TRY(keys.add(item, "auth.write_keys"));
    }
    if (!file.empty()) {
        TRY(keys.read(fs, file));
    }
    return keys;
}

Result<void> WriteKeys::read(FileSystem& fs, std::string const& file) {
    TRY(auto const text, read_file(fs, file, kMaxFileBytes));
    auto const before = keys_.size();
    std::string_view rest = text;
    for (int number = 1; !rest.empty(); ++number) {
        auto const end = std::min(rest.find('\n'), rest.size());
        auto const line = trimmed(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        if (line.empty() || line.front() == '#') continue;
        TRY(add(line, file + ":" + std::to_string(number)));
    }
    // An empty file must not open the door that somebody meant to close.
    if (keys_.size() == before) return fail(Errc::invalid, file + ": has no write key");
    return success();
}

Result<void> WriteKeys::add(std::string_view text, std::string const& place) {
    auto const parsed = parse_write_key(text);
    if (!parsed) return fail(Errc::invalid, place + ": " + kWriteKeyRule);
    Secret const secret(parsed->key);
    if (find(secret) != nullptr)
        return fail(Errc::invalid, place + ": a key that was named before");
    if (keys_.size() == kMaxKeys)
        return fail(Errc::invalid, place + ": more than " + std::to_string(kMaxKeys) + " keys");
    auto const earlier = std::count_if(keys_.begin(), keys_.end(),
                                       [&](auto const& key) { return key->name == parsed->name; });
    keys_.push_back(std::make_unique<WriteKey>(
        parsed->name, static_cast<std::uint64_t>(earlier) + 1, parsed->key));
    return success();
}

WriteKey* WriteKeys::find(Secret const& shown) const {
    WriteKey* found = nullptr;
    for (auto const& key : keys_) {
        if (key->secret.equals(shown)) found = key.get();
    }
    return found;
}

}  // namespace inlet::api
