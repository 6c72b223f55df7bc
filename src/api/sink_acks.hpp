// sink_acks.hpp - for server.ack = "sink": how far the lane that is waited for has come.
// Threads: advance() from the lane's thread; subscribe() before requests come; the rest from any.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "base/guarded.hpp"
#include "event/event.hpp"

namespace inlet::api {

class SinkAcks {
  public:
    // `wake` is called on the lane's thread and must not block.
    void subscribe(std::function<void()> wake) {
        wakes_.with([&](auto& wakes) { wakes.push_back(std::move(wake)); });
    }

    // Everything before `seq` has reached the sink: all rows, or those of one type ("track") where the sink has a
    // lane for each. Also called when nothing has moved, several times a second while the lane fails, so that those
    // who wait notice their deadlines.
    void advance(std::string_view type, std::uint64_t seq) {
        for (auto kind : {event::Kind::track, event::Kind::alias, event::Kind::profile}) {
            if (type.empty() || type == event::to_string(kind))
                next_seq_[index(kind)].store(seq, std::memory_order_release);
        }
        if (waiting_.load(std::memory_order_acquire) == 0) return;
        wakes_.with([](auto& wakes) {
            for (auto const& wake : wakes) wake();
        });
    }

    // No row of this type before it is still to reach the sink.
    [[nodiscard]] std::uint64_t next_seq(event::Kind kind) const {
        return next_seq_[index(kind)].load(std::memory_order_acquire);
    }

    void begin_wait() { waiting_.fetch_add(1, std::memory_order_acq_rel); }
    void end_wait() { waiting_.fetch_sub(1, std::memory_order_acq_rel); }

  private:
    static std::size_t index(event::Kind kind) { return static_cast<std::size_t>(kind) - 1; }

    Guarded<std::vector<std::function<void()>>> wakes_;
    std::array<std::atomic<std::uint64_t>, 3> next_seq_{};
    std::atomic<std::uint64_t> waiting_{0};
};

}  // namespace inlet::api
