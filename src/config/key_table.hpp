// key_table.hpp - what is known about each key. A new key is one row in key_table.cpp and its
// field.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.hpp"
#include "config/quantity.hpp"

namespace inlet::config {

enum class Shape : std::uint8_t { boolean, integer, text, list, choice };

// Null if `text` is good, else the reason why not: "must be an address and a port, ...".
using TextCheck = char const* (*)(std::string_view text);

struct Type {
    Shape shape = Shape::text;
    Unit unit = Unit::none;
    std::int64_t min = 0;              // integer
    std::int64_t max = 0;              // integer
    std::string_view choices = {};     // choice: "off|gzip|zstd", in the order of the enumeration
    TextCheck check = nullptr;         // text, and each item of a list
    std::string_view item = "string";  // text and list: what the reference calls one
};

// The names in Type::choices.
std::vector<std::string_view> choices_of(Type const& type);

// A field of Config. Enumerations are seen as the std::uint8_t below them (see choice_field).
using Field = std::variant<bool*, unsigned*, std::int64_t*, std::uint64_t*, std::string*,
                           std::vector<std::string>*, std::uint8_t*>;
static_assert(std::is_same_v<std::size_t, std::uint64_t>,
              "a size_t field needs its own case in Field");

// REQUIRES: the values of Enum count from 0 in the order of the key's choices.
template <class Enum>
Field choice_field(Enum& value) {
    static_assert(std::is_same_v<std::underlying_type_t<Enum>, std::uint8_t>);
    return reinterpret_cast<std::uint8_t*>(&value);  // an unsigned char may look at any object
}

struct Key {
    std::string_view name;  // "sink.lake.roll_ms"
    Field (*field)(Config&);
    Type type;
    std::string_view example;   // as in a TOML file; valid, and not the default
    std::string_view help;      // whole sentences
    bool secret = false;        // never printed
    bool needs_restart = true;  // false: SIGHUP is enough
};

using Table = std::span<Key const>;

// All keys, sections together.
Table key_table();

// "the public listener" for "server"; empty for a section that needs no words.
std::string_view section_help(std::string_view section);

// "sink.lake" of "sink.lake.roll_ms"
std::string_view section_of(Key const& key);

// "INLET_SINK_LAKE_ROLL_MS"
std::string environment_name(std::string_view key);

}  // namespace inlet::config
