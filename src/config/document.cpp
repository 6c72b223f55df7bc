// The texts that are made from the table: `inlet config`, the reference, the example file.
#include <algorithm>
#include <set>

#include "config/load.hpp"
#include "config/one_line.hpp"
#include "config/value.hpp"

namespace inlet::config {

namespace {

constexpr std::string_view kIntroduction = R"(# Configuration

<!-- Generated from src/config/key_table.cpp. Do not edit: run `inlet config --markdown`. -->

Every key has a default; without any configuration inlet runs. A value is taken from the last of these
that has one:

1. the default;
2. a TOML file: `--config FILE`, else the file named by `INLET_CONFIG`, else `/etc/inlet/inlet.toml` if
   there is one;
3. the environment: `INLET_`, the key in capitals, `_` for each dot. `sink.lake.roll_ms` is
   `INLET_SINK_LAKE_ROLL_MS`;
4. the command line: `--set section.key=value`, as often as needed.

`inlet config` prints the values in effect and where each came from, `inlet config --example` a file with
every key explained.

* **Bytes** are a number or a string with a unit: `1048576`, `"1MiB"`, `"500 MB"`. `KiB`, `MiB`, `GiB`, `TiB`
  are powers of 1024; `kB`, `MB`, `GB`, `TB` powers of 1000.
* **Times** of keys that end in `_ms` are a number of milliseconds or a string with a unit: `5000`, `"200ms"`,
  `"5s"`, `"2m"`, `"1h"`, `"7d"`.
* **Lists** are an array, or one string whose items are separated by commas, as in the environment. The
  empty string is the empty list.
* **Addresses** are an IP address and a port: `127.0.0.1:8080`, `[::1]:8080`; `0.0.0.0:8080` is every IPv4
  address of the machine, `[::]:8080` every IPv6 address. Host names are not looked up. No two listeners may
  share an address. The admin listener takes a socket file too: `unix:/run/inlet/admin.sock`.
* **Secrets** are never printed and never logged. Keep them in a file or in the environment: a command line can be
  read by everybody on the machine.

An unknown key, a wrong type or a value out of range is never ignored: inlet prints all such problems with
file, line and column, and ends with status 2. The same goes for an unknown variable that starts with
`INLET_`, except those that Kubernetes sets for a service called inlet. A change takes effect at the next
start.

)";

std::string type_text(Type const& type) {
    switch (type.shape) {
        case Shape::boolean:
            return "boolean";
        case Shape::text:
            return std::string(type.item);
        case Shape::list:
            return "list: " + std::string(type.item);
        case Shape::choice:
            return "choice";
        case Shape::integer:
            break;
    }
    switch (type.unit) {
        case Unit::none:
            return "integer";
        case Unit::bytes:
            return "bytes";
        case Unit::bytes_per_second:
            return "bytes per second";
        case Unit::milliseconds:
            return "time";
        case Unit::seconds:
            return "seconds";
    }
    return {};
}

// "64 MiB", "10 ms", "100"
std::string short_number(std::int64_t value, Unit unit) {
    std::string text = with_unit(value, unit);
    if (!text.empty()) return text;
    return std::to_string(value) + (value == 0 ? "" : base_suffix(unit));
}

std::string range_text(Type const& type) {
    if (type.shape == Shape::integer) {
        return short_number(type.min, type.unit) + " to " + short_number(type.max, type.unit);
    }
    std::string text;
    for (std::string_view name : choices_of(type)) {
        text += (text.empty() ? "`" : ", `") + (name.empty() ? "\"\"" : std::string(name)) + "`";
    }
    return text;
}

std::string default_text(Key const& key, Config const& defaults) {
    Value const value = read_field(key, defaults);
    std::string text = "`" + to_toml(value) + "`";
    if (auto const* number = std::get_if<std::int64_t>(&value)) {
        std::string const readable = with_unit(*number, key.type.unit);
        if (!readable.empty()) text += " (" + readable + ")";
    }
    return text;
}

// Breaks at spaces, so that no line is longer than 100 bytes; each begins with `prefix`.
std::string wrapped(std::string_view text, std::string_view prefix) {
    constexpr std::size_t kWidth = 100;
    std::string out;
    std::string line(prefix);
    while (!text.empty()) {
        std::size_t const end = std::min(text.find(' '), text.size());
        bool const fits = line.size() + 1 + end <= kWidth || line.size() == prefix.size();
        if (!fits) {
            out += line + "\n";
            line = prefix;
        }
        line += " " + std::string(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return out + line + "\n";
}

std::string_view short_name(Key const& key) {
    return key.name.substr(key.name.rfind('.') + 1);
}

std::string origin_text(Origin const& origin) {
    switch (origin.source) {
        case Origin::Source::default_value:
            return "default";
        case Origin::Source::file:
            return origin.place.substr(0, origin.place.rfind(':'));
        case Origin::Source::environment:
            return "env " + origin.place;
        case Origin::Source::set:
            return "--set";
    }
    return {};
}

bool is_empty(Value const& value) {
    auto const* text = std::get_if<std::string>(&value);
    auto const* list = std::get_if<std::vector<std::string>>(&value);
    return (text && text->empty()) || (list && list->empty());
}

void append_row(std::string& out, Key const& key, Config const& defaults) {
    out += "| `" + std::string(key.name) + "` | " + type_text(key.type) + " | " +
           default_text(key, defaults) + " | " + range_text(key.type) + " | `" +
           std::string(key.example) + "` | " + std::string(key.help);
    if (key.secret) out += " Secret: never printed.";
    if (!key.needs_restart) out += " After a change SIGHUP is enough.";
    out += " |\n";
}

}  // namespace

std::string describe(Table table, Effective const& effective) {
    std::vector<std::string> settings;
    std::size_t width = 0;
    for (Key const& key : table) {
        Value const value = read_field(key, effective.config);
        bool const redact = key.secret && !is_empty(value);
        settings.push_back(std::string(key.name) + " = " +
                           (redact ? "\"<redacted>\"" : to_toml(value)));
        // One long list must not push all the comments out of sight.
        constexpr std::size_t kWidest = 60;
        if (settings.back().size() <= kWidest) width = std::max(width, settings.back().size());
    }
    std::string out;
    for (std::size_t i = 0; i < settings.size(); ++i) {
        settings[i].resize(std::max(width, settings[i].size()), ' ');
        out += settings[i] + "  # " + one_line(origin_text(effective.origins[i])) + "\n";
    }
    return out;
}

std::string describe(Effective const& effective) {
    return describe(key_table(), effective);
}

std::string reference_markdown() {
    Config const defaults;
    std::string out(kIntroduction);
    std::string_view section;
    for (Key const& key : key_table()) {
        if (section_of(key) != section) {
            if (!section.empty()) out += "\n";
            section = section_of(key);
            out += "## " + std::string(section) + "\n\n";
            std::string_view const help = section_help(section);
            if (!help.empty()) out += std::string(help) + "\n\n";
            out +=
                "| Key | Type | Default | Range | Example | Meaning |\n|---|---|---|---|---|---|\n";
        }
        append_row(out, key, defaults);
    }
    return out;
}

std::string example_toml() {
    Config const defaults;
    std::string out =
        "# Configuration of inlet. Each key is shown at its default; remove the # to change it.\n"
        "# Bytes may be written as \"64MiB\", times as \"5s\". What is in effect: inlet config\n";
    std::string_view section;
    for (Key const& key : key_table()) {
        if (section_of(key) != section) {
            section = section_of(key);
            out += "\n";
            std::string_view const help = section_help(section);
            if (!help.empty()) out += wrapped(help, "#");
            out += "[" + std::string(section) + "]\n";
        }
        std::string const range = range_text(key.type);
        std::string const help =
            std::string(key.help) + (key.type.shape == Shape::integer ? " " + range + "." : "");
        out += "\n" + wrapped(help, "#");
        out +=
            "#" + std::string(short_name(key)) + " = " + to_toml(read_field(key, defaults)) + "\n";
    }
    return out;
}

}  // namespace inlet::config
