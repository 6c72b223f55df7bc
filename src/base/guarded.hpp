// guarded.hpp - data that can only be reached while its lock is held.
//   Guarded<Queue> queue;   queue.with([](Queue& q) { q.push(x); });
// Keep what is done inside short: no I/O, no call into another module.
#pragma once

#include <mutex>
#include <utility>

namespace inlet {

template <class T>
class Guarded {
  public:
    template <class... Args>
    explicit Guarded(Args&&... args) : value_(std::forward<Args>(args)...) {}

    template <class F>
    decltype(auto) with(F&& f) {
        std::lock_guard lock(mutex_);
        return std::forward<F>(f)(value_);
    }
    template <class F>
    decltype(auto) with(F&& f) const {
        std::lock_guard lock(mutex_);
        return std::forward<F>(f)(value_);
    }

  private:
    mutable std::mutex mutex_;
    T value_;
};

}  // namespace inlet
