#include "verify/seq_set.hpp"

#include <bit>
#include <optional>

#include "base/check.hpp"

namespace inlet::verify {
namespace {

// Joins runs that follow one another; hands on each when it is known to be over.
class RunJoiner {
  public:
    explicit RunJoiner(SeqSet::Take const& take) : take_(take) {}

    void add(SeqRange run) {
        if (run_ && run_->last + 1 == run.first) {
            run_->last = run.last;
            return;
        }
        finish();
        run_ = run;
    }
    void finish() {
        if (run_) take_(*run_);
        run_.reset();
    }

  private:
    SeqSet::Take const& take_;
    std::optional<SeqRange> run_;
};

void add_word(std::uint64_t first_seq, std::uint64_t word, RunJoiner& runs) {
    while (word != 0) {
        auto const begin = static_cast<unsigned>(std::countr_zero(word));
        auto const length = static_cast<unsigned>(std::countr_one(word >> begin));
        runs.add({first_seq + begin, first_seq + begin + length - 1});
        if (begin + length >= 64) return;
        word &= ~std::uint64_t{0} << (begin + length);
    }
}

}  // namespace

bool SeqSet::insert(std::uint64_t seq) {
    auto const index = seq / kBlockBits;
    if (last_used_ == blocks_.end() || last_used_->first != index) {
        auto const [place, made] = blocks_.try_emplace(index);
        if (made) place->second = std::make_unique<Block>();
        last_used_ = place;
    }
    auto& block = last_used_->second;
    if (!block) return false;
    auto& word = block->words[seq % kBlockBits / 64];
    auto const bit = std::uint64_t{1} << (seq % 64);
    if ((word & bit) != 0) return false;
    word |= bit;
    ++size_;
    if (++block->count == kBlockBits) block.reset();
    return true;
}

bool SeqSet::contains(std::uint64_t seq) const {
    auto const found = blocks_.find(seq / kBlockBits);
    if (found == blocks_.end()) return false;
    if (!found->second) return true;
    return (found->second->words[seq % kBlockBits / 64] >> (seq % 64) & 1) != 0;
}

std::uint64_t SeqSet::first() const {
    CHECK(size_ > 0);
    auto const& [index, block] = *blocks_.begin();
    if (!block) return index * kBlockBits;
    std::size_t word = 0;
    while (block->words[word] == 0) ++word;
    return index * kBlockBits + word * 64 +
           static_cast<unsigned>(std::countr_zero(block->words[word]));
}

std::uint64_t SeqSet::last() const {
    CHECK(size_ > 0);
    auto const& [index, block] = *blocks_.rbegin();
    if (!block) return index * kBlockBits + (kBlockBits - 1);
    std::size_t word = block->words.size() - 1;
    while (block->words[word] == 0) --word;
    return index * kBlockBits + word * 64 + 63 -
           static_cast<unsigned>(std::countl_zero(block->words[word]));
}

void SeqSet::each_run(Take const& take) const {
    RunJoiner runs(take);
    for (auto const& [index, block] : blocks_) {
        auto const start = index * kBlockBits;
        if (!block) {
            runs.add({start, start + (kBlockBits - 1)});
            continue;
        }
        for (std::size_t i = 0; i < block->words.size(); ++i)
            add_word(start + i * 64, block->words[i], runs);
    }
    runs.finish();
}

void SeqSet::each_gap(SeqRange within, Take const& take) const {
    std::uint64_t next = within.first;  // the first number that is not looked at yet
    bool over = within.last < within.first;
    each_run([&](SeqRange run) {
        if (over || run.last < next) return;
        if (run.first > next) take({next, std::min(run.first - 1, within.last)});
        over = run.last >= within.last;
        next = run.last + 1;
    });
    if (!over) take({next, within.last});
}

}  // namespace inlet::verify
