// sha256.hpp - SHA-256 of text that comes in pieces. (For one string: sha256() in id.hpp.)
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
    // REQUIRES: nothing is called afterwards.
    std::array<unsigned char, 32> finish();
    std::string finish_hex();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace inlet
