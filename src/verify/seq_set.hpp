// seq_set.hpp - a set of a hundred million sequence numbers, nearly all of them close together.
// Threads: one.
// Bounds:  one bit per number, in blocks of 4,096; a full block costs its place in the index alone
//          (about 50 bytes). Numbers that lie far apart cost a block of 512 bytes each.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>

namespace inlet::verify {

struct SeqRange {
    std::uint64_t first;
    std::uint64_t last;  // included

    [[nodiscard]] std::uint64_t size() const { return last - first + 1; }
    friend bool operator==(SeqRange const&, SeqRange const&) = default;
};

class SeqSet {
  public:
    // false if it was there already.
    bool insert(std::uint64_t seq);
    [[nodiscard]] bool contains(std::uint64_t seq) const;
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] std::uint64_t first() const;  // REQUIRES: size() > 0
    [[nodiscard]] std::uint64_t last() const;   // REQUIRES: size() > 0

    using Take = std::function<void(SeqRange)>;
    // The longest runs of numbers that are in the set, in order.
    void each_run(Take const& take) const;
    // The longest runs of numbers in `within` that are not.
    void each_gap(SeqRange within, Take const& take) const;

  private:
    static constexpr std::uint64_t kBlockBits = 4096;

    struct Block {
        std::array<std::uint64_t, kBlockBits / 64> words = {};
        std::uint32_t count = 0;
    };

    std::map<std::uint64_t, std::unique_ptr<Block>> blocks_;  // by seq / kBlockBits; null: full
    std::map<std::uint64_t, std::unique_ptr<Block>>::iterator last_used_ = blocks_.end();
    std::uint64_t size_ = 0;
};

}  // namespace inlet::verify
