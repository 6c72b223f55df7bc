#include "journal/intake.hpp"

#include "base/check.hpp"

namespace inlet::journal {

Result<void> Intake::append(std::uint8_t tag, std::uint32_t count, Waiter& waiter) {
    auto& entries = gathered_.entries;
    auto const bytes = entries.started_bytes();
    CHECK(count > 0 && bytes <= entry_bytes(kMaxEntryBytes));
    auto admitted = journal_.admit(bytes);
    if (!admitted) {
        entries.abandon();
        return admitted;
    }
    entries.end(tag, count);
    waiter.mailbox = &mailbox_;
    waiter.last_seq = count;  // until the commit knows where its rows begin
    gathered_.waiters.push(waiter);
    if (entries.bytes().size() >= kHandOverBytes) hand_over();
    return success();
}

void Intake::hand_over() {
    if (gathered_.entries.empty()) return;
    under_way_ = true;
    journal_.submit(gathered_);
}

}  // namespace inlet::journal
