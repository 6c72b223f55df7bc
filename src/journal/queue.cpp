#include "journal/queue.hpp"

#include <utility>

namespace inlet::journal {

void Gathered::take(Gathered& other) {
    entries.take(other.entries);
    waiters.take(other.waiters);
}

bool Queue::submit(Gathered& gathered) {
    bool wake = false;
    {
        std::lock_guard guard(mutex_);
        if (closed_) return false;
        waiting_.take(gathered);
        wake = std::exchange(writer_sleeps_, false);
    }
    if (wake) filled_.notify_one();
    return true;
}

bool Queue::take(Gathered& out, std::chrono::milliseconds longest) {
    std::unique_lock guard(mutex_);
    if (waiting_.entries.empty() && !closed_) {
        writer_sleeps_ = true;
        filled_.wait_for(guard, longest, [this] { return !writer_sleeps_; });
        writer_sleeps_ = false;
    }
    out.take(waiting_);
    return !(closed_ && out.entries.empty());
}

void Queue::close() {
    {
        std::lock_guard guard(mutex_);
        closed_ = true;
        writer_sleeps_ = false;
    }
    filled_.notify_one();
}

}  // namespace inlet::journal
