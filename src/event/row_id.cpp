#include "event/row_id.hpp"

#include <cstdint>
#include <string>

namespace inlet::event {
namespace {

void put_number(std::string& out, std::uint64_t value) {
    for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(value >> shift & 0xFF);
}

// With its length in front, so that no two lists of fields give the same bytes.
void put_field(std::string& out, std::string_view field) {
    put_number(out, field.size());
    out += field;
}

}  // namespace

UuidText derived_id(Kind kind, RowName const& name, std::string_view values) {
    std::string input;
    input.reserve(values.size() + name.value.size() + 64);
    put_field(input, to_string(kind));
    input += static_cast<char>(name.source);
    put_field(input, name.value);
    put_number(input, name.index);
    put_field(input, values);
    return uuid_from_sha256(sha256(input));
}

}  // namespace inlet::event
