// toml_file.hpp - a TOML file as a flat list of settings. (toml++ lives behind it.)
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/key_table.hpp"
#include "config/value.hpp"

namespace inlet::config {

struct Place {
    unsigned line = 0;    // from 1
    unsigned column = 0;  // from 1
};

struct FileSetting {
    std::string key;  // "sink.lake.roll_ms"; a part that is no bare key in quotes
    Place key_place;
    Place value_place;
    Input value;
    bool is_table = false;  // an empty table, or one in the place of a value: `value` is Foreign
};

struct SyntaxError {
    Place place;
    std::string reason;
};

// All settings in the order of the file, or where the file stops being TOML. Tables are descended
// into unless the table of keys has a key of that name.
std::variant<std::vector<FileSetting>, SyntaxError> read_toml(Table table, std::string_view text);

}  // namespace inlet::config
