// record_packer.hpp - rows become records: as many rows in one as pay. Firehose bills each record rounded up to
// 5 KiB, so a row of 200 bytes alone would cost 25 times itself.
// Threads: one.
// Bounds:  a record has at most kMaxRecordRows rows and aws::kMaxRecordBytes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "aws/firehose_api.hpp"
#include "base/compress.hpp"

namespace inlet::sink {

// De-aggregation takes 500 sub-records of one record ("Dynamic partitioning of aggregated data").
inline constexpr std::size_t kMaxRecordRows = 500;
// Before compression, so that the compressed record fits whatever is in it: deflate may add a little.
inline constexpr std::size_t kMaxPlainBytes = 1'000'000 + 1;

class RecordPacker {
  public:
    explicit RecordPacker(Codec codec) : codec_(codec), compressor_(codec) {}

    // Whether the row should go into another record than the one being filled.
    [[nodiscard]] bool is_full_for(std::size_t row_bytes) const;
    void add(std::uint64_t seq, std::string_view line);
    [[nodiscard]] bool empty() const { return seqs_.empty(); }
    [[nodiscard]] std::size_t plain_bytes() const { return rows_.size(); }

    // The record as it is sent; valid until the next call.
    std::string_view record();
    // Its rows, and begins the next one.
    std::vector<std::uint64_t> take_seqs();

  private:
    Codec codec_;
    Compressor compressor_;
    std::string rows_;
    std::string compressed_;
    std::vector<std::uint64_t> seqs_;
};

}  // namespace inlet::sink
