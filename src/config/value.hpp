// value.hpp - from what a source says to what a field holds, and back to text.
// Errors: invalid; the context alone is the sentence for the user ("must be 0 to 256, not 1000").
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.hpp"
#include "config/key_table.hpp"

namespace inlet::config {

// What a field holds; a choice as its name.
using Value = std::variant<bool, std::int64_t, std::string, std::vector<std::string>>;

// From the environment or --set: untyped, read as the key's type wants it.
struct Untyped {
    std::string text;
};
// From a file, of a type that no key has.
struct Foreign {
    std::string_view type;  // "a floating-point number"
};
using Input =
    std::variant<bool, std::int64_t, std::string, std::vector<std::string>, Untyped, Foreign>;

// Checks type, range and form. `value` is only set if they are good. (It is no Result<Value>: GCC
// 12 takes a variant with a vector that is moved into one for uninitialized.)
Result<void> interpret(Key const& key, Input const& input, Value& value);

void write_field(Key const& key, Config& config, Value const& value);
Value read_field(Key const& key, Config const& config);

// As it stands in a TOML file: 5000, true, "gzip", ["a", "b"].
std::string to_toml(Value const& value);

}  // namespace inlet::config
