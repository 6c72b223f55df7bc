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

UuidText DerivedIds::of(Kind kind, RowName const& name, std::string_view values) {
    head_.clear();
    put_field(head_, to_string(kind));
    head_ += static_cast<char>(name.source);
    put_field(head_, name.value);
    put_number(head_, name.index);
    put_number(head_, values.size());
    hash_.update(head_);
    hash_.update(values);
    return uuid_from_sha256(hash_.finish());
}

}  // namespace inlet::event
