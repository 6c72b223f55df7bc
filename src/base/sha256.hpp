// sha256.hpp - SHA-256 (FIPS 180-4) of text that comes in pieces, or whole.
// Threads: one.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace inlet {

class Sha256 {
  public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    void update(std::string_view piece);
    // Of all pieces since the last finish(); the next piece begins another text. Allocates nothing.
    std::array<unsigned char, 32> finish();
    std::string finish_hex();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

std::array<unsigned char, 32> sha256(std::string_view text);

}  // namespace inlet
