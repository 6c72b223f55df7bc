// process.hpp - the part of inlet that is simulated: journal, lanes and the clients' way in, each moved on by one step
// at a time. The server does the same with a thread for each (src/app/app.cpp, src/delivery/delivery.cpp).
// Threads: one.
// Ownership: the world must outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "delivery/pump.hpp"
#include "delivery/retention.hpp"
#include "journal/intake.hpp"
#include "journal/journal.hpp"
#include "sim/world.hpp"
#include "sink/sink.hpp"

namespace inlet::sim {

class Process {
  public:
    struct Circumstances {
        bool early = false;         // clients send before the lanes are there
        LaneSet switched_off = {};  // by the configuration; only if the journal knows them
    };
    // Lane records, journal, sinks, lanes: in the order of App::start.
    static Result<std::unique_ptr<Process>> start(World& world, Circumstances const& circumstances);
    // Nothing is known of the requests that were not answered. What a dead process does here reaches nobody.
    ~Process();
    Process(Process const&) = delete;
    Process& operator=(Process const&) = delete;

    // A client sends a request to one of the io threads, or several do.
    void send();
    // The io threads hand over what they have.
    void hand_over();
    // The journal's thread goes round once, and the clients hear of it.
    void step_journal();
    void step_lane(std::size_t lane, bool flush);
    // As App::stop does: no further request, all that was taken is committed, lanes deliver what they can.
    void stop();

    [[nodiscard]] std::size_t lanes() const { return lanes_.size(); }
    [[nodiscard]] bool has_all_sinks() const;
    // Everything is delivered, as far as the lanes know.
    [[nodiscard]] bool is_idle() const;
    [[nodiscard]] journal::Journal const& journal() const { return *journal_; }
    void judge();

  private:
    struct Request {
        journal::Waiter waiter;
        std::uint64_t first;
        std::uint64_t rows;
        bool answered = false;
    };
    struct IoThread {
        std::unique_ptr<journal::Intake> intake;
        bool woken = false;
    };
    // Switched off: without a sink.
    struct Lane {
        std::unique_ptr<sink::Sink> sink;
        std::unique_ptr<delivery::Pump> pump;
        std::size_t retained = 0;  // its number in Retention
    };

    explicit Process(World& world) : world_(world) {}
    Result<void> open_lanes(std::vector<journal::StoredLane> const& stored, LaneSet switched_off);
    Result<Lane> open_lane(std::unique_ptr<sink::Sink> sink);
    Result<Lane> hold_lane(journal::StoredLane const& stored);
    void take_answers();
    void answer(journal::Waiter& waiter);

    World& world_;
    std::deque<Request> requests_;  // stay where they are: the journal knows their waiters
    std::unique_ptr<journal::Journal> journal_;
    std::vector<std::unique_ptr<IoThread>> io_threads_;
    std::unique_ptr<delivery::Retention> retention_;
    std::vector<Lane> lanes_;
};

}  // namespace inlet::sim
