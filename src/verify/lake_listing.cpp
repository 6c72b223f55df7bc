#include "verify/lake_listing.hpp"

#include <algorithm>
#include <tuple>

namespace inlet::verify {
namespace {

// "track" of ".../type=track/..." for the name "type".
std::string folder_value(std::string_view key, std::string_view name) {
    auto const start = key.find("/" + std::string(name) + "=");
    if (start == std::string_view::npos) return "";
    key.remove_prefix(start + name.size() + 2);
    auto const end = key.find('/');
    return end == std::string_view::npos ? "" : std::string(key.substr(0, end));
}

ListedObject describe(sink::ObjectEntry entry) {
    ListedObject object;
    object.codec = sink::codec_of_rows_file(entry.key);
    object.name = sink::ObjectKey::parse(sink::kLakePrefix, entry.key);
    object.type = folder_value(entry.key, "type");
    object.date = folder_value(entry.key, "dt");
    object.bytes = entry.bytes;
    object.key = std::move(entry.key);
    return object;
}

bool reads_before(ListedObject const& a, ListedObject const& b) {
    if (a.name && b.name) {
        return std::tie(a.name->node, a.name->first_seq, a.key) <
               std::tie(b.name->node, b.name->first_seq, b.key);
    }
    if (a.name.has_value() != b.name.has_value()) return a.name.has_value();
    return std::tie(a.date, a.key) < std::tie(b.date, b.key);
}

bool is_hidden(std::string_view key) {
    return key.find("/_") != std::string_view::npos || key.find("/.") != std::string_view::npos;
}

}  // namespace

Result<std::vector<ListedObject>> list_lake(sink::ObjectStore& store, bool pass_over_hidden) {
    std::vector<ListedObject> objects;
    TRY(store.list(std::string(sink::kLakePrefix) + "/", [&](sink::ObjectEntry entry) {
        if (pass_over_hidden && is_hidden(entry.key)) return;
        objects.push_back(describe(std::move(entry)));
    }));
    std::sort(objects.begin(), objects.end(), reads_before);
    return objects;
}

}  // namespace inlet::verify
