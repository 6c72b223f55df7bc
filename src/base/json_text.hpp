// json_text.hpp - writing JSON by appending to a string. (Reading JSON is event's business.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace inlet {

// Appends `text` as a JSON string with its quotes. Controls, and what turns or breaks lines, are escaped; bytes not
// UTF-8 become U+FFFD, so that the result is JSON whatever the input holds.
void append_json_string(std::string& out, std::string_view text);

// Objects and arrays with the commas in the right places:
//   JsonWriter json(out);  json.open('{');  json.key("rows");  json.number(3);  json.close('}');
class JsonWriter {
  public:
    explicit JsonWriter(std::string& out) : out_(out) {}

    void open(char bracket);   // '{' or '['
    void close(char bracket);  // '}' or ']'
    void key(std::string_view name);
    void string(std::string_view value);
    void number(std::uint64_t value);
    void number(std::int64_t value);
    void number(double value);
    void boolean(bool value);
    void null();
    void raw(std::string_view json);  // a value that is JSON already

    // key and value in one call
    template <class T>
    void member(std::string_view name, T const& value) {
        key(name);
        if constexpr (std::is_same_v<T, bool>)
            boolean(value);
        else if constexpr (std::is_floating_point_v<T>)
            number(static_cast<double>(value));
        else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>)
            number(static_cast<std::int64_t>(value));
        else if constexpr (std::is_integral_v<T>)
            number(static_cast<std::uint64_t>(value));
        else
            string(value);
    }

  private:
    void separate();
    std::string& out_;
    bool needs_comma_ = false;
};

}  // namespace inlet
