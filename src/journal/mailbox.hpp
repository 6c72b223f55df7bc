// mailbox.hpp - how the journal tells an io thread that entries are safe.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

#include "base/error.hpp"
#include "base/guarded.hpp"

namespace inlet::journal {

class Mailbox;

// One append that waits. Lives in the request that waits (no allocation) and must outlive its completion.
struct Waiter {
    Mailbox* mailbox = nullptr;  // where the completion goes
    // Filled in before completion:
    bool stored = false;
    Errc error = Errc::io;       // only if !stored: the outcome is unknown, unless it is `stopping`
    std::uint64_t last_seq = 0;  // of the entry's rows; only if stored
    Waiter* next = nullptr;      // used by the journal and the mailbox
};

// Waiters linked by `next`, in order.
class WaiterChain {
  public:
    [[nodiscard]] bool empty() const { return first_ == nullptr; }
    void push(Waiter& waiter);
    // The first one, taken out; null if there is none.
    Waiter* pop();
    // Takes over what `other` has, behind its own.
    void take(WaiterChain& other);

  private:
    Waiter* first_ = nullptr;
    Waiter* last_ = nullptr;
};

// Where the completions for one io thread are dropped. The journal thread adds all completions of a commit
// at once and calls `wake` at most once; the io thread then takes them.
// Threads: drop() from the journal thread, which calls `wake`; take() from the one that owns it.
// Ownership: must outlive every append that names it.
class Mailbox {
  public:
    explicit Mailbox(std::function<void()> wake) : wake_(std::move(wake)) {}

    // The waiters that are completed, in order of their entries.
    WaiterChain take();
    // Adds such a chain, and wakes the owner unless an earlier one still waits to be taken.
    void drop(WaiterChain& completed);

  private:
    std::function<void()> const wake_;
    Guarded<WaiterChain> waiting_;
};

}  // namespace inlet::journal
