// The only file that knows simdjson. dom_parser_implementation::stage1 is not part of simdjson's
// documented interface, but its signature is the same from 1.0 on; structural_index_test.cpp holds
// everything that we rely on.
#include "event/structural_index.hpp"

#include <algorithm>
#include <bit>

#include <simdjson.h>

#include "base/check.hpp"
#include "event/event.hpp"

namespace inlet::event {

static_assert(kBodyPadding >= simdjson::SIMDJSON_PADDING);

struct StructuralIndex::Parser {
    simdjson::dom::parser dom;
};

StructuralIndex::StructuralIndex() : parser_(std::make_unique<Parser>()) {}
StructuralIndex::~StructuralIndex() = default;

bool StructuralIndex::build(std::string_view text) {
    begin_ = end_ = nullptr;
    if (text.empty()) return false;
    if (text.size() > capacity_) reserve(text.size());
    auto& stage = *parser_->dom.implementation;
    auto const* bytes = reinterpret_cast<std::uint8_t const*>(text.data());
    if (stage.stage1(bytes, text.size(), simdjson::stage1_mode::regular) != simdjson::SUCCESS) {
        return false;
    }
    // simdjson writes this end mark too; done here so that we do not depend on it.
    stage.structural_indexes[stage.n_structural_indexes] = static_cast<std::uint32_t>(text.size());
    begin_ = stage.structural_indexes.get();
    end_ = begin_ + stage.n_structural_indexes;
    return begin_ != end_;
}

// Grows in powers of two, so that bodies of slowly growing size do not allocate each time.
void StructuralIndex::reserve(std::size_t bytes) {
    constexpr std::size_t kFirst = 16 * 1024;
    auto const capacity = std::max(kFirst, std::bit_ceil(bytes));
    CHECK(parser_->dom.allocate(capacity, 1) == simdjson::SUCCESS);
    capacity_ = capacity;
}

}  // namespace inlet::event
