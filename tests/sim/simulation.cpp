#include "sim/simulation.hpp"

#include <cerrno>
#include <memory>
#include <string>

#include "journal/detach.hpp"
#include "sim/bit_rot.hpp"
#include "sim/process.hpp"
#include "sim/world.hpp"

namespace inlet::sim {
namespace {

constexpr std::int64_t kDayMs = 86'400'000;
// Without faults: a lane that failed waits at most 60 s before it tries again.
constexpr int kLivenessRounds = 400;
constexpr std::int64_t kRoundMs = 5'000;

test::Crash any_crash(Dice& dice) {
    switch (dice.below(4)) {
        case 0:
            return test::Crash::lose_unsynced;
        case 1:
            return test::Crash::keep_all;
        default:
            return test::Crash::keep_some;
    }
}

class Simulation {
  public:
    explicit Simulation(Run const& run) : run_(run), trace_(run.verbose) {}

    Outcome carry_out() {
        world_ = std::make_unique<World>(run_.seed, run_.bug, trace_);
        std::uint64_t step = 0;
        while (step < run_.steps && !trace_.violation()) {
            trace_.begin_step(++step);
            act();
        }
        trace_.begin_step(step + 1);
        if (!trace_.violation()) live();
        Outcome outcome = {.violation = trace_.violation(),
                           .trace_hash = trace_.hash(),
                           .acknowledged_rows = world_->oracle.acknowledged_rows(),
                           .crashes = crashes_};
        kill();
        return outcome;
    }

  private:
    void act();
    void act_in_process();
    void change_weather();
    void pass_time();
    void start();
    void detach_a_lane();
    void kill();
    void crash(test::Crash mode);
    void live();
    bool run_until_idle();
    void judge_disk();
    void judge();

    Run const run_;
    Trace trace_;
    std::unique_ptr<World> world_;
    std::unique_ptr<Process> process_;
    std::uint64_t crashes_ = 0;
    bool has_faults_ = true;  // until they end for good; then all sinks are there too
};

void Simulation::act() {
    auto& dice = world_->dice;
    if (dice.one_in(25)) change_weather();
    if (world_->setting.bit_rot && dice.one_in(40)) {
        damage_something(*world_);
        // A batch that was counted before is counted anew, and what arrived of it may arrive again.
        world_->oracle.process_ended();
    }
    if (!process_) {
        if (dice.one_in(4)) pass_time();
        if (dice.one_in(4)) world_->disk.die_at(dice.between(1, 40));
        if (world_->setting.lanes_are_detached && dice.one_in(20)) detach_a_lane();
        if (!world_->disk.dead()) start();
    } else {
        act_in_process();
    }
    if (world_->disk.dead()) crash(any_crash(dice));
}

void Simulation::act_in_process() {
    auto& dice = world_->dice;
    auto const what = dice.below(100);
    if (what < 35) {
        for (auto n = dice.between(1, 4); n > 0; --n) process_->send();
        if (!dice.one_in(4)) process_->hand_over();
    } else if (what < 60) {
        process_->hand_over();
        process_->step_journal();
    } else if (what < 85) {
        process_->step_lane(dice.below(process_->lanes()), dice.one_in(4));
    } else if (what < 94) {
        pass_time();
    } else if (what < 98) {
        world_->disk.die_at(dice.between(1, 30));
    } else if (what < 99) {
        crash(any_crash(dice));
    } else {
        trace_.line("stop");
        process_->stop();
        crash(test::Crash::keep_all);
    }
}

void Simulation::change_weather() {
    auto& dice = world_->dice;
    ChaosDisk::Weather weather;
    weather.err = dice.one_in(3) ? ENOSPC : EIO;
    auto const rates = {0, 0, 0, 20, 100, 1'000};
    weather.failing_changes = static_cast<std::uint64_t>(rates.begin()[dice.below(rates.size())]);
    if (dice.one_in(6)) weather.failing_reads = 50;
    if (dice.one_in(4)) weather.slow_syncs = 100;
    world_->disk.set_weather(weather);
    bool const is_full = dice.one_in(8);
    auto const room = dice.below(world_->setting.journal.segment_bytes * 2);
    std::uint64_t used = 0;
    for (auto const& file : world_->platter.files()) used += world_->platter.bytes(file)->size();
    world_->platter.set_capacity(is_full ? used + room : 1ULL << 40);
    auto const network = {0, 0, 100, 500, 1'000};
    auto const failing = static_cast<std::uint64_t>(network.begin()[dice.below(network.size())]);
    if (dice.one_in(2)) world_->bucket.set_failing(failing);
    for (auto& stream : world_->streams) {
        if (dice.one_in(2)) stream->set_failing(failing);
    }
    trace_.line("weather: " + std::to_string(weather.failing_changes) + " of 1000 calls fail" +
                (is_full ? ", the disk is nearly full" : "") + ", network " +
                std::to_string(failing));
}

void Simulation::pass_time() {
    auto& dice = world_->dice;
    auto& clock = world_->clock;
    auto const spans = {1, 100, 1'000, 5'000, 60'000};
    clock.advance_ms(spans.begin()[dice.below(spans.size())]);
    if (!dice.one_in(10)) return;
    auto const jump = static_cast<std::int64_t>(dice.below(2 * kDayMs)) - kDayMs;
    clock.set_unix_ms(clock.unix_ms() + jump);
    trace_.line("the clock jumps by " + std::to_string(jump) + " ms");
}

void Simulation::start() {
    world_->disk.take_failures();
    auto& dice = world_->dice;
    Process::Circumstances circumstances = {.early = dice.one_in(3)};
    if (has_faults_ && world_->setting.sinks_come_and_go && dice.one_in(2))
        circumstances.switched_off = LaneSet(dice.number());
    auto started = Process::start(*world_, circumstances);
    if (started) {
        process_ = std::move(started.value());
        return;
    }
    trace_.line("start fails");
    if (world_->disk.take_failures() == 0 && !world_->disk.dead())
        trace_.violate("I6 always starts",
                       "the disk works, and the start fails: " + started.error().message());
}

// As `inlet sink detach` does.
void Simulation::detach_a_lane() {
    auto& files = world_->files();
    auto const stored = journal::read_lanes(files, kJournalDir);
    if (!stored || stored.value().empty()) return;
    auto const& lane = stored.value()[world_->dice.below(stored.value().size())];
    auto const& lanes = world_->oracle.lanes();
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        if (lanes[i].name == lane.name) world_->oracle.detached(i);
    }
    world_->disk.take_failures();
    auto const done = journal::detach(files, world_->clock, world_->setting.journal, lane.name);
    trace_.line("lane " + lane.name + (done ? " detached" : " may be detached"));
    if (!done && world_->disk.take_failures() == 0 && !world_->disk.dead())
        trace_.violate("I6 always starts", "the disk works, and " + lane.name +
                                               " cannot be detached: " + done.error().message());
}

void Simulation::kill() {
    world_->disk.die();
    process_.reset();
}

void Simulation::crash(test::Crash mode) {
    kill();
    world_->oracle.process_ended();
    world_->disk.revive(mode);
    ++crashes_;
    trace_.line(mode == test::Crash::keep_all ? "killed" : "power cut");
}

void Simulation::live() {
    trace_.line("no more faults");
    has_faults_ = false;
    world_->disk.set_weather({});
    world_->disk.die_at(0);
    world_->platter.set_capacity(1ULL << 40);
    world_->bucket.set_failing(0);
    for (auto& stream : world_->streams) stream->set_failing(0);
    if (world_->dice.one_in(2) || (process_ && !process_->has_all_sinks()))
        crash(any_crash(world_->dice));
    if (!process_) start();
    if (!process_) return;
    if (!run_until_idle()) return;
    judge_disk();
    judge();
}

bool Simulation::run_until_idle() {
    for (int round = 0; round < kLivenessRounds && !trace_.violation(); ++round) {
        process_->hand_over();
        process_->step_journal();
        for (std::size_t lane = 0; lane < process_->lanes(); ++lane)
            process_->step_lane(lane, true);
        if (process_->is_idle()) return true;
        world_->clock.advance_ms(kRoundMs);
    }
    trace_.violate("I8 liveness", "rows are still waiting after " +
                                      std::to_string(kLivenessRounds * kRoundMs / 1'000) +
                                      " s without faults");
    return false;
}

// Nothing is needed but the segment that the next row goes to.
void Simulation::judge_disk() {
    process_->step_journal();  // an idle round removes what could not be removed before
    auto const spares = world_->setting.journal.spare_segments;
    std::string names;
    std::uint64_t segments = 0;
    for (auto const& file : world_->platter.files()) {
        if (file.find(".segment") == std::string::npos) continue;
        names += " " + file;
        ++segments;
    }
    for (auto const& file : world_->platter.files())
        if (file.find("/.tmp/") != std::string::npos)
            trace_.violate("I5 bounds", "everything is delivered, and there is " + file);
    if (segments > 1 + spares)
        trace_.violate("I5 bounds", "everything is delivered, and there are" + names + ", with " +
                                        std::to_string(spares) + " spares at most");
}

void Simulation::judge() {
    auto const before = world_->oracle.acknowledged_rows();
    process_->send();
    process_->hand_over();
    process_->step_journal();
    if (world_->oracle.acknowledged_rows() == before)
        trace_.violate("I8 liveness", "a request is not accepted, though nothing fails any more");
    // A lane may have to wait for its turn: its pace is that of a stream that was throttled.
    if (!run_until_idle()) return;
    world_->look_into_lake();
    world_->look_into_quarantine();
    world_->oracle.judge_rows();
    process_->judge();
}

}  // namespace

Outcome simulate(Run const& run) {
    return Simulation(run).carry_out();
}

}  // namespace inlet::sim
