// journal_witness.hpp - what a journal's folder testifies about the lake: how far rows were
// acknowledged, and how far the lane says it has brought them. The journal may be in use meanwhile.
// Threads: one.
// Errors:  io, invalid (a newer format), corrupt (no journal, or its end cannot be told).
#pragma once

#include <optional>
#include <string>

#include "base/error.hpp"
#include "base/file.hpp"
#include "verify/report.hpp"

namespace inlet::verify {

class JournalWitness {
  public:
    // `lane` is the name of the sink that fills this lake.
    JournalWitness(FileSystem& fs, std::string dir, std::string lane);

    // To be called before the lake is listed: what the lane brought afterwards is not asked for.
    Result<void> read_lane();
    // To be called after the lake was read: no row is then newer than the journal's end.
    Result<JournalTail> read_tail();

  private:
    [[nodiscard]] Result<std::uint64_t> sent_later(std::string const& node) const;

    FileSystem& fs_;
    std::string dir_;
    std::string lane_;
    std::optional<JournalTail> lane_state_;  // node and handled_seq of the lane
};

}  // namespace inlet::verify
