#include "config/toml_file.hpp"

#include <algorithm>

// Of a key that begins with a control character, toml++ 3.3 asserts what it reports as an error a few lines later.
#define TOML_ASSERT(expression) static_cast<void>(0)
#include <toml++/toml.h>

namespace inlet::config {

namespace {

Place place_of(toml::source_region const& region) {
    return {region.begin.line, region.begin.column};
}

bool is_bare(std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

std::string_view type_name(toml::node const& node) {
    switch (node.type()) {
        case toml::node_type::table:
            return "a table";
        case toml::node_type::array:
            return "an array of other things";
        case toml::node_type::floating_point:
            return "a floating-point number";
        case toml::node_type::date:
            return "a date";
        case toml::node_type::time:
            return "a time of day";
        case toml::node_type::date_time:
            return "a date and time";
        default:
            return "something else";
    }
}

Input input_of(toml::node const& node) {
    if (auto const* boolean = node.as_boolean()) return boolean->get();
    if (auto const* integer = node.as_integer()) return integer->get();
    if (auto const* string = node.as_string()) return string->get();
    auto const* array = node.as_array();
    if (!array) return Foreign{type_name(node)};
    std::vector<std::string> items;
    for (toml::node const& item : *array) {
        auto const* string = item.as_string();
        if (!string) return Foreign{type_name(node)};
        items.push_back(string->get());
    }
    return items;
}

class Flattener {
  public:
    explicit Flattener(Table table) : table_(table) {}

    void add_table(std::string const& prefix, toml::table const& table) {
        for (auto const& [key, node] : table) {
            std::string const part =
                is_bare(key.str()) ? std::string(key.str()) : to_toml(std::string(key.str()));
            add_node(prefix.empty() ? part : prefix + "." + part, key, node);
        }
    }

    std::vector<FileSetting> take() {
        // toml++ keeps tables sorted by name; the user reads the file from the top.
        std::ranges::sort(settings_, [](FileSetting const& a, FileSetting const& b) {
            return std::pair(a.key_place.line, a.key_place.column) <
                   std::pair(b.key_place.line, b.key_place.column);
        });
        return std::move(settings_);
    }

  private:
    void add_node(std::string name, toml::key const& key, toml::node const& node) {
        auto const* table = node.as_table();
        bool const is_key = std::ranges::count(table_, name, &Key::name) > 0;
        if (table && !table->empty() && !is_key) return add_table(name, *table);
        bool const is_table = table || node.is_array_of_tables();
        settings_.push_back({std::move(name), place_of(key.source()), place_of(node.source()),
                             is_table ? Input(Foreign{type_name(node)}) : input_of(node),
                             is_table});
    }

    Table table_;
    std::vector<FileSetting> settings_;
};

}  // namespace

std::variant<std::vector<FileSetting>, SyntaxError> read_toml(Table table, std::string_view text) {
    try {
        Flattener flattener(table);
        flattener.add_table("", toml::parse(text));
        return flattener.take();
    } catch (toml::parse_error const& error) {
        return SyntaxError{place_of(error.source()), std::string(error.description())};
    }
}

}  // namespace inlet::config
