// secret.hpp - a key or token that others must show. It can be compared and nothing else.
// Timing: a comparison takes the same time whatever both texts hold and however long they are.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace inlet {

class Secret {
  public:
    static constexpr std::size_t kMaxBytes = 128;

    // "Nothing shown": equal to no secret but another of these, so check for it before.
    Secret() = default;
    // What is longer than kMaxBytes becomes empty: it could match nothing.
    explicit Secret(std::string_view text);

    [[nodiscard]] bool empty() const { return bytes_.back() == 0; }
    [[nodiscard]] bool equals(Secret const& other) const;

  private:
    std::array<unsigned char, kMaxBytes + 1> bytes_{};  // the text, zeros, and its length
};

}  // namespace inlet
