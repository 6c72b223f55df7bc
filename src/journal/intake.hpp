// intake.hpp - an io thread's own way into the journal. What it appends is gathered here, without a lock, until
// submit() hands it to the writer: so the requests of one turn of the thread's loop become one commit, and a single
// request waits for nobody.
// Threads:   one Intake per io thread, used by it alone.
// Ownership: the journal and the waiters outlive it.
// Bounds:    what is gathered counts in options.queue_bytes; it is handed over early above kHandOverBytes.
#pragma once

#include <cstdint>
#include <string>

#include "base/error.hpp"
#include "journal/journal.hpp"
#include "journal/queue.hpp"

namespace inlet::journal {

class Intake {
  public:
    // With more than this the writer may as well begin: the sync then costs less than the writing.
    static constexpr std::size_t kHandOverBytes = 64 * 1024;

    explicit Intake(Journal& journal) : journal_(journal) {}
    Intake(Intake const&) = delete;
    Intake& operator=(Intake const&) = delete;

    // Where the rows of the next entry go: appended to this string, whose beginning belongs to others. Rows that
    // were started here and not appended are forgotten.
    std::string& rows() { return gathered_.entries.begin(); }

    // Makes an entry of what was written to rows() since. `waiter` is completed some time after the next submit(),
    // through its mailbox, exactly once. After an error the entry is forgotten and the waiter is not completed.
    // Errors: io (failing), overloaded (queue full), full (disk budget used up), stopping.
    // REQUIRES: at most kMaxEntryBytes; `count` is the number of rows, 1 or more.
    Result<void> append(std::uint8_t tag, std::uint32_t count, Waiter& waiter);

    // Hands over what was appended. Call it whenever the thread is done with what there was to do.
    void submit() {
        if (!gathered_.entries.empty()) journal_.submit(gathered_);
    }

  private:
    Journal& journal_;
    Gathered gathered_;
};

}  // namespace inlet::journal
