// names.hpp - member names by their decoded value, to find those that appear twice.
// Ownership: views point into the text or into decoded_; both must live until the next clear().
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace inlet::event {

class Names {
  public:
    // `text_size`: size of the text that all names come from; what is decoded cannot be longer.
    void clear(std::size_t text_size);
    // A name as it stands in the text, with its quotes.
    void add(std::string_view token) { names_.push_back(decoded(token)); }

    // In any order. Takes n log n steps.
    [[nodiscard]] bool has_duplicate();
    // Each name that appears more than once, in the order of bytes.
    [[nodiscard]] std::vector<std::string_view> duplicates();

    // The decoded value of one name or id, valid until the next clear().
    std::string_view decoded(std::string_view token);

  private:
    std::vector<std::string_view> names_;
    std::string decoded_;  // has room for all, so that it never moves
    std::size_t text_size_ = 0;
};

}  // namespace inlet::event
