// lake_listing.hpp - the objects of a lake in the order in which they are best read.
// Objects of one plan stand together, plans in order of seq: so the set of seen numbers has few
// holes at any time. Objects that others named (Amazon Data Firehose) follow by date.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/compress.hpp"
#include "base/error.hpp"
#include "sink/object_key.hpp"
#include "sink/object_store.hpp"

namespace inlet::verify {

struct ListedObject {
    std::string key;
    std::uint64_t bytes = 0;
    std::optional<Codec> codec;           // nothing: no rows file
    std::optional<sink::ObjectKey> name;  // nothing: not named by inlet
    std::string type;                     // of its folders, "" if they do not tell
    std::string date;
};

// All objects below the lake's prefix; hidden ones are those with "_" or "." at the front of their
// name or of a folder's.
Result<std::vector<ListedObject>> list_lake(sink::ObjectStore& store, bool pass_over_hidden);

}  // namespace inlet::verify
