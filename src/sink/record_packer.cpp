#include "sink/record_packer.hpp"

#include <utility>

namespace inlet::sink {

bool RecordPacker::is_full_for(std::size_t row_bytes) const {
    if (seqs_.empty()) return false;
    auto const after = rows_.size() + row_bytes;
    // Compressed records are for readers of whole files, so de-aggregation's bound does not apply to them.
    if (codec_ != Codec::off) return after > kMaxPlainBytes;
    if (after > aws::kMaxRecordBytes || seqs_.size() >= kMaxRecordRows) return true;
    // The last step of billing that this record can fill: a row more would begin one that stays mostly empty.
    auto const steps = [](std::size_t bytes) {
        return (bytes + aws::kBilledStepBytes - 1) / aws::kBilledStepBytes;
    };
    if (steps(after) == steps(rows_.size())) return false;
    auto const rows_left = kMaxRecordRows - seqs_.size();
    return rows_left * (rows_.size() / seqs_.size()) < aws::kBilledStepBytes;
}

void RecordPacker::add(std::uint64_t seq, std::string_view line) {
    rows_ += line;
    seqs_.push_back(seq);
}

std::string_view RecordPacker::record() {
    if (codec_ == Codec::off) return rows_;
    compressed_.clear();
    compressor_.append(rows_, compressed_);
    return compressed_;
}

std::vector<std::uint64_t> RecordPacker::take_seqs() {
    rows_.clear();
    return std::exchange(seqs_, {});
}

}  // namespace inlet::sink
