// interrupt.hpp - ends the waits of another thread, for good.
// Threads: raise() and raised() from any; the waits from the thread that it is there to end.
#pragma once

#include <atomic>
#include <cstdint>

namespace inlet::aws {

class Interrupt {
  public:
    Interrupt();
    virtual ~Interrupt();
    Interrupt(Interrupt const&) = delete;
    Interrupt& operator=(Interrupt const&) = delete;

    void raise();
    [[nodiscard]] bool raised() const { return raised_.load(); }
    // Readable once it is raised, for poll().
    [[nodiscard]] int fd() const { return fd_; }
    // False if the sleep was interrupted. Virtual: tests do not sleep.
    virtual bool sleep_ms(std::int64_t ms);

  private:
    std::atomic<bool> raised_{false};
    int fd_;
};

}  // namespace inlet::aws
