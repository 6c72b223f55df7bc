// queue.hpp - what waits for the next commit: filled by the io threads while a commit runs, emptied by the writer
// at once.
// Threads: submit(), close() from any thread; take() from the writer.
// Bounds:  who submits has asked for the room before (Journal::admit).
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "journal/commit_buffer.hpp"
#include "journal/mailbox.hpp"

namespace inlet::journal {

// Entries and who waits for each, in the same order.
struct Gathered {
    CommitBuffer entries;
    WaiterChain waiters;

    // Takes over what `other` has, behind its own.
    void take(Gathered& other);
};

class Queue {
  public:
    // Wakes the writer if it sleeps. False, and nothing is taken, if the queue has been closed and emptied.
    bool submit(Gathered& gathered);

    // Everything that waits, into an empty `out`; waits for it at most so long. False when there will never be more.
    bool take(Gathered& out, std::chrono::milliseconds longest);

    // No more is taken in; what there is can still be taken out.
    void close();

  private:
    std::mutex mutex_;
    std::condition_variable filled_;
    // Guarded by mutex_:
    Gathered waiting_;
    bool closed_ = false;
    bool writer_sleeps_ = false;
};

}  // namespace inlet::journal
