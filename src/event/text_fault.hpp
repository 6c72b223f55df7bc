// text_fault.hpp - why a text has no tokens: the rules that StructuralIndex checks, once more,
// slowly and with the place. For error messages alone.
#pragma once

#include <string>
#include <string_view>

namespace inlet::event {

struct TextFault {
    std::string what;    // "a string is not closed"; empty if there is no such fault
    std::size_t at = 0;  // byte
};

TextFault find_text_fault(std::string_view text);

}  // namespace inlet::event
