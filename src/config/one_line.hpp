// one_line.hpp - text from outside, such as a path or a variable's name, on one line of what a person reads.
#pragma once

#include <algorithm>
#include <string>

namespace inlet::config {

// With a question mark for each control character.
inline std::string one_line(std::string text) {
    auto const is_control = [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    };
    std::replace_if(text.begin(), text.end(), is_control, '?');
    return text;
}

}  // namespace inlet::config
