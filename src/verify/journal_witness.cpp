#include "verify/journal_witness.hpp"

#include <algorithm>
#include <set>

#include "journal/chain.hpp"
#include "journal/lane_state.hpp"
#include "journal/quarantine.hpp"

namespace inlet::verify {

JournalWitness::JournalWitness(FileSystem& fs, std::string dir, std::string lane)
    : fs_(fs), dir_(std::move(dir)), lane_(std::move(lane)) {}

Result<void> JournalWitness::read_lane() {
    TRY(auto lanes, journal::read_lanes(fs_, dir_));
    for (auto const& [name, state] : lanes) {
        if (name != lane_ || state.node.empty() || state.cursor.seq == 0) continue;
        // Rows that were set aside and sent later must be in the lake as all others.
        TRY(auto const sent, sent_later(state.node));
        lane_state_ =
            JournalTail{.node = state.node,
                        .last_seq = 0,
                        .handled_seq = state.cursor.seq - 1,
                        .quarantined = state.quarantined - std::min(state.quarantined, sent),
                        .detached = state.detached,
                        .damaged = state.damaged};
    }
    return success();
}

Result<std::uint64_t> JournalWitness::sent_later(std::string const& node) const {
    journal::Quarantine quarantine(fs_, dir_, 0);
    TRY(auto const receipts, quarantine.receipts(lane_));
    std::set<std::uint64_t> seqs;
    for (auto const& receipt : receipts)
        if (receipt.node == node && receipt.end == journal::QuarantineEnd::sent)
            seqs.insert(receipt.seq);
    return seqs.size();
}

Result<JournalTail> JournalWitness::read_tail() {
    TRY(auto chain, journal::read_chain(fs_, dir_));
    // Whose header cannot be read nobody knows the rows of: they may be missing here.
    for (auto const& damage : chain.damage) {
        if (damage.offset > 0 || damage.rows > 0) continue;
        return fail(Errc::corrupt, dir_ + "/" + damage.file +
                                       ": its header cannot be read, nor what was stored in it");
    }
    if (chain.segments.empty()) return fail(Errc::corrupt, dir_ + ": no journal");
    if (!chain.end_is_certain)
        return fail(Errc::corrupt, dir_ + ": the journal's end cannot be read");
    auto const& node = chain.segments.back().header.node;
    JournalTail tail;
    if (lane_state_ && lane_state_->node == node) tail = *lane_state_;
    tail.node = node;
    tail.last_seq = chain.end.seq == 0 ? 0 : chain.end.seq - 1;
    return tail;
}

}  // namespace inlet::verify
