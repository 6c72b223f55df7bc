#include "aws/uri.hpp"

#include <algorithm>

#include "aws/ascii.hpp"

namespace inlet::aws {
namespace {

bool is_unreserved(char c) {
    return is_alphanumeric(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace

void append_encoded(std::string& out, std::string_view text, Slash slash) {
    static constexpr char kHex[] = "0123456789ABCDEF";
    for (char const c : text) {
        if (is_unreserved(c) || (c == '/' && slash == Slash::keep)) {
            out += c;
            continue;
        }
        auto const byte = static_cast<unsigned char>(c);
        out += '%';
        out += kHex[byte >> 4];
        out += kHex[byte & 15];
    }
}

std::string encoded(std::string_view text, Slash slash) {
    std::string out;
    append_encoded(out, text, slash);
    return out;
}

std::string query_string(QueryItems const& items) {
    QueryItems sorted;
    sorted.reserve(items.size());
    for (auto const& [name, value] : items) {
        sorted.emplace_back(encoded(name, Slash::encode), encoded(value, Slash::encode));
    }
    std::sort(sorted.begin(), sorted.end());
    std::string out;
    for (auto const& [name, value] : sorted) {
        if (!out.empty()) out += '&';
        out += name;
        if (!value.empty()) out.append("=").append(value);
    }
    return out;
}

}  // namespace inlet::aws
