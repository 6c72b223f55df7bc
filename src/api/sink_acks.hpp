// sink_acks.hpp - for server.ack = "sink": how far the lane that is waited for has come.
// Threads: advance() from the lane's thread; subscribe() before requests come; the rest from any.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/guarded.hpp"

namespace inlet::api {

class SinkAcks {
  public:
    // `wake` is called on the lane's thread and must not block.
    void subscribe(std::function<void()> wake) {
        wakes_.with([&](auto& wakes) { wakes.push_back(std::move(wake)); });
    }

    // Everything before `seq` has reached the sink. Also called when nothing has moved, several times a second
    // while the lane fails, so that those who wait notice their deadlines.
    void advance(std::uint64_t seq) {
        next_seq_.store(seq, std::memory_order_release);
        if (waiting_.load(std::memory_order_acquire) == 0) return;
        wakes_.with([](auto& wakes) {
            for (auto const& wake : wakes) wake();
        });
    }

    // The first row that has not reached the sink.
    [[nodiscard]] std::uint64_t next_seq() const {
        return next_seq_.load(std::memory_order_acquire);
    }

    void begin_wait() { waiting_.fetch_add(1, std::memory_order_acq_rel); }
    void end_wait() { waiting_.fetch_sub(1, std::memory_order_acq_rel); }

  private:
    Guarded<std::vector<std::function<void()>>> wakes_;
    std::atomic<std::uint64_t> next_seq_{0};
    std::atomic<std::uint64_t> waiting_{0};
};

}  // namespace inlet::api
