// structural_index.hpp - where the tokens of a JSON text begin, found by simdjson's first stage.
// The first stage checks UTF-8, that every string is closed and that no string holds a raw control
// character; it then lists the position of every bracket, colon, comma, string and scalar. All
// grammar beyond that is checked by our Walker. Why not On-Demand: it does not validate values that
// are skipped, and we skip (but pass on) most of them. Why not the DOM: it converts numbers and
// escapes, and we keep their text.
// Threads:    belongs to one thread. Steady state allocates nothing.
// Ownership:  the positions live until the next build().
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

namespace inlet::event {

class StructuralIndex {
  public:
    StructuralIndex();
    ~StructuralIndex();
    StructuralIndex(StructuralIndex const&) = delete;
    StructuralIndex& operator=(StructuralIndex const&) = delete;

    // False if `text` holds no token or breaks one of the rules above (text_fault.hpp says which).
    // REQUIRES: kBodyPadding readable bytes follow `text`.
    [[nodiscard]] bool build(std::string_view text);

    // One position per token. *end() can be read and is the size of the text.
    [[nodiscard]] std::uint32_t const* begin() const { return begin_; }
    [[nodiscard]] std::uint32_t const* end() const { return end_; }

  private:
    void reserve(std::size_t bytes);

    struct Parser;
    std::unique_ptr<Parser> parser_;
    std::size_t capacity_ = 0;
    std::uint32_t const* begin_ = nullptr;
    std::uint32_t const* end_ = nullptr;
};

}  // namespace inlet::event
