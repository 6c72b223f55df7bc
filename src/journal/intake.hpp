// intake.hpp - an io thread's own way into the journal, and back. What it appends is gathered here, without a lock,
// until submit() hands it to the writer: so the requests of one turn of the thread's loop become one commit. While one
// hand-over is under way the next one is gathered: a commit costs about the same whatever is in it
// (docs/performance.md), so few large ones leave more of the core to the requests. A request that comes alone waits for
// nobody.
// Threads:   one Intake per io thread, used by it alone; `wake` is called on the journal thread.
// Ownership: the journal and the waiters outlive it.
// Bounds:    what is gathered counts in options.queue_bytes; above kHandOverBytes it is handed over in any case.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "journal/journal.hpp"
#include "journal/mailbox.hpp"
#include "journal/queue.hpp"

namespace inlet::journal {

class Intake {
  public:
    // With more than this the writer may as well begin: some 90 requests of one event.
    static constexpr std::size_t kHandOverBytes = 64 * 1024;

    // `wake` is called when there is something to take(), once until it is taken; it must not block.
    Intake(Journal& journal, std::function<void()> wake)
        : journal_(journal), mailbox_(std::move(wake)) {}
    Intake(Intake const&) = delete;
    Intake& operator=(Intake const&) = delete;

    // Where the rows of the next entry go: appended to this string, whose beginning belongs to others. Rows that
    // were started here and not appended are forgotten.
    std::string& rows() { return gathered_.entries.begin(); }

    // Makes an entry of what was written to rows() since. `waiter` comes back from take() some time after submit(),
    // exactly once. After an error the entry is forgotten, and the waiter does not come back.
    // Errors: io (failing), overloaded (queue full), full (disk budget used up), stopping.
    // REQUIRES: at most kMaxEntryBytes; `count` is the number of rows, 1 or more.
    Result<void> append(std::uint8_t tag, std::uint32_t count, Waiter& waiter);

    // Call it whenever the thread is done with what there was to do: hands over what was appended, at once or
    // behind the next take().
    void submit() {
        if (!under_way_) hand_over();
    }

    // The waiters that are completed, in order of their entries. Call submit() when they are dealt with.
    WaiterChain take() {
        under_way_ = false;
        return mailbox_.take();
    }

  private:
    void hand_over();

    Journal& journal_;
    Mailbox mailbox_;
    Gathered gathered_;
    bool under_way_ = false;  // what was handed over and has not been taken
};

}  // namespace inlet::journal
