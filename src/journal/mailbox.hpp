// mailbox.hpp - how the journal tells an io thread that entries are safe.
#pragma once

#include <cstdint>

#include "base/error.hpp"
#include "base/guarded.hpp"

namespace inlet::journal {

class Mailbox;

// One append that waits. Lives in the request that waits (no allocation) and must outlive its completion.
struct Waiter {
    Mailbox* mailbox = nullptr;  // where the completion goes
    // Filled in before completion:
    bool stored = false;
    Errc error = Errc::io;       // only if !stored: the outcome is unknown
    std::uint64_t last_seq = 0;  // of the entry's rows; only if stored
    Waiter* next = nullptr;      // used by the journal and the mailbox
};

// Where the completions for one io thread are dropped. The journal thread adds all completions of a commit
// at once and calls wake() at most once; the io thread then takes them.
// Threads: drop() from the journal thread, take() from the one that owns it.
// Ownership: must outlive every append() that names it.
class Mailbox {
  public:
    virtual ~Mailbox() = default;

    // A chain of completed waiters linked by `next`, in order of their entries; null if there is none.
    Waiter* take();
    // Adds such a chain, and wakes the owner unless an earlier one still waits to be taken.
    void drop(Waiter* first, Waiter* last);

  protected:
    // Called on the journal thread; must not block.
    virtual void wake() = 0;

  private:
    struct Chain {
        Waiter* first = nullptr;
        Waiter* last = nullptr;
    };
    Guarded<Chain> waiting_;
};

}  // namespace inlet::journal
