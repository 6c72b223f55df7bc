#include "config/value.hpp"

#include <algorithm>
#include <optional>

#include "base/check.hpp"
#include "base/json_text.hpp"
#include "config/quantity.hpp"

namespace inlet::config {

namespace {

std::string_view trim(std::string_view text) {
    auto const is_space = [](char c) { return c == ' ' || c == '\t'; };
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::string quoted(std::string_view text) {
    std::string out;
    append_json_string(out,
                       text);  // TOML's basic strings know all escapes of JSON that this writes
    return out;
}

std::string expected(Type const& type) {
    switch (type.shape) {
        case Shape::boolean:
            return "true or false";
        case Shape::text:
            return "a string";
        case Shape::list:
            return "a string or an array of strings";
        case Shape::integer:
            break;
        case Shape::choice: {
            std::string text = "one of";
            for (std::string_view name : choices_of(type)) {
                text += (text.back() == 'f' ? " \"" : ", \"") + std::string(name) + '"';
            }
            return text;
        }
    }
    switch (type.unit) {
        case Unit::bytes:
            return "a number of bytes such as 1048576 or \"1MiB\"";
        case Unit::bytes_per_second:
            return "bytes per second such as 1024 or \"1KiB\"";
        case Unit::milliseconds:
            return "a time in milliseconds such as 5000 or \"5s\"";
        case Unit::seconds:
            return "a whole number of seconds";
        case Unit::none:
            break;
    }
    return "an integer";
}

std::string type_name(Input const& input) {
    switch (input.index()) {
        case 0:
            return "a boolean";
        case 1:
            return "an integer";
        case 2:
            return "a string";
        case 3:
            return "an array";
        case 4:
            return "text";
        default:
            return std::string(std::get<Foreign>(input).type);
    }
}

// What was there instead: the text if it is one and may be shown, else its type.
std::string found(Key const& key, Input const& input) {
    if (key.secret) return type_name(input);
    if (auto const* text = std::get_if<std::string>(&input)) return quoted(*text);
    if (auto const* untyped = std::get_if<Untyped>(&input)) return quoted(untyped->text);
    if (auto const* number = std::get_if<std::int64_t>(&input)) return std::to_string(*number);
    return type_name(input);
}

Error wrong(Key const& key, Input const& input) {
    return fail(Errc::invalid, "must be " + expected(key.type) + ", not " + found(key, input));
}

// "67108864 (64 MiB)"
std::string explained(std::int64_t value, Unit unit) {
    std::string const readable = with_unit(value, unit);
    return readable.empty() ? std::to_string(value) : std::to_string(value) + " (" + readable + ")";
}

// The text of an untyped input or of a string.
std::string const* text_of(Input const& input) {
    if (auto const* untyped = std::get_if<Untyped>(&input)) return &untyped->text;
    return std::get_if<std::string>(&input);
}

Result<void> interpret_boolean(Key const& key, Input const& input, Value& value) {
    auto const* boolean = std::get_if<bool>(&input);
    auto const* untyped = std::get_if<Untyped>(&input);
    bool const is_word = untyped && (untyped->text == "true" || untyped->text == "false");
    if (!boolean && !is_word) return wrong(key, input);
    value = boolean ? *boolean : untyped->text == "true";
    return success();
}

// None if the input says no number. A quoted one in a file is a number only where the key has
// units.
std::optional<std::int64_t> number_of(Type const& type, Input const& input) {
    if (auto const* integer = std::get_if<std::int64_t>(&input)) return *integer;
    auto const* text = text_of(input);
    if (!text || (std::holds_alternative<std::string>(input) && !has_suffixes(type.unit)))
        return {};
    return parse_quantity(*text, type.unit);
}

Result<void> interpret_number(Key const& key, Input const& input, Value& value) {
    Type const& type = key.type;
    auto const number = number_of(type, input);
    if (!number) return wrong(key, input);
    if (*number >= type.min && *number <= type.max) {
        value = *number;
        return success();
    }
    std::string reason =
        "must be " + explained(type.min, type.unit) + " to " + explained(type.max, type.unit);
    if (!key.secret) reason += ", not " + explained(*number, type.unit);
    return fail(Errc::invalid, std::move(reason));
}

Result<void> check_item(Key const& key, std::string_view item) {
    char const* const reason = key.type.check ? key.type.check(item) : nullptr;
    if (reason == nullptr) return success();
    bool const show = !key.secret && !item.empty();
    return fail(Errc::invalid, show ? std::string(reason) + ", not " + quoted(item) : reason);
}

// "a, b" -> {"a", "b"}; "" -> {}
std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> items;
    if (trim(text).empty()) return items;
    while (true) {
        std::size_t const comma = text.find(',');
        items.emplace_back(trim(text.substr(0, comma)));
        if (comma == std::string_view::npos) return items;
        text.remove_prefix(comma + 1);
    }
}

Result<void> interpret_text(Key const& key, Input const& input, Value& value) {
    auto const* text = text_of(input);
    if (!text) return wrong(key, input);
    TRY(check_item(key, *text));
    value = *text;
    return success();
}

Result<void> interpret_list(Key const& key, Input const& input, Value& value) {
    auto const* text = text_of(input);
    auto const* array = std::get_if<std::vector<std::string>>(&input);
    if (!text && !array) return wrong(key, input);
    auto items = text ? split_list(*text) : *array;
    for (std::string const& item : items) {
        if (item.empty()) return fail(Errc::invalid, "must not hold an empty item");
        TRY(check_item(key, item));
    }
    value = std::move(items);
    return success();
}

// "true" of a file's boolean too, for choices such as "auto|true|false".
std::optional<std::string> name_of(Input const& input) {
    if (auto const* boolean = std::get_if<bool>(&input)) return *boolean ? "true" : "false";
    if (auto const* text = text_of(input)) return *text;
    return std::nullopt;
}

Result<void> interpret_choice(Key const& key, Input const& input, Value& value) {
    auto const name = name_of(input);
    if (!name || std::ranges::count(choices_of(key.type), *name) == 0) return wrong(key, input);
    value = *name;
    return success();
}

}  // namespace

Result<void> interpret(Key const& key, Input const& input, Value& value) {
    switch (key.type.shape) {
        case Shape::boolean:
            return interpret_boolean(key, input, value);
        case Shape::integer:
            return interpret_number(key, input, value);
        case Shape::text:
            return interpret_text(key, input, value);
        case Shape::list:
            return interpret_list(key, input, value);
        case Shape::choice:
            return interpret_choice(key, input, value);
    }
    return wrong(key, input);
}

void write_field(Key const& key, Config& config, Value const& value) {
    struct Writer {
        Key const& key;
        Value const& value;
        void operator()(bool* field) const { *field = std::get<bool>(value); }
        void operator()(unsigned* field) const {
            *field = static_cast<unsigned>(std::get<std::int64_t>(value));
        }
        void operator()(std::int64_t* field) const { *field = std::get<std::int64_t>(value); }
        void operator()(std::uint64_t* field) const {
            *field = static_cast<std::uint64_t>(std::get<std::int64_t>(value));
        }
        void operator()(std::string* field) const { *field = std::get<std::string>(value); }
        void operator()(std::vector<std::string>* field) const {
            *field = std::get<std::vector<std::string>>(value);
        }
        void operator()(std::uint8_t* field) const {
            auto const names = choices_of(key.type);
            auto const place = std::ranges::find(names, std::get<std::string>(value));
            CHECK(place != names.end());
            *field = static_cast<std::uint8_t>(place - names.begin());
        }
    };
    std::visit(Writer{key, value}, key.field(config));
}

Value read_field(Key const& key, Config const& config) {
    struct Reader {
        Key const& key;
        Value operator()(bool* field) const { return *field; }
        Value operator()(unsigned* field) const { return std::int64_t{*field}; }
        Value operator()(std::int64_t* field) const { return *field; }
        Value operator()(std::uint64_t* field) const { return static_cast<std::int64_t>(*field); }
        Value operator()(std::string* field) const { return *field; }
        Value operator()(std::vector<std::string>* field) const { return *field; }
        Value operator()(std::uint8_t* field) const {
            auto const names = choices_of(key.type);
            CHECK(*field < names.size());
            return std::string(names[*field]);
        }
    };
    // The table's functions serve reading and writing; nothing is written here.
    return std::visit(Reader{key}, key.field(const_cast<Config&>(config)));
}

std::string to_toml(Value const& value) {
    if (auto const* boolean = std::get_if<bool>(&value)) return *boolean ? "true" : "false";
    if (auto const* number = std::get_if<std::int64_t>(&value)) return std::to_string(*number);
    if (auto const* text = std::get_if<std::string>(&value)) return quoted(*text);
    std::string out = "[";
    for (std::string const& item : std::get<std::vector<std::string>>(value)) {
        if (out.size() > 1) out += ", ";
        out += quoted(item);
    }
    return out + "]";
}

}  // namespace inlet::config
