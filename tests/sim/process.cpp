#include "sim/process.hpp"

#include <algorithm>
#include <cstddef>

namespace inlet::sim {
namespace {

constexpr std::size_t kIoThreads = 2;

std::string text_of(journal::Position at) {
    return std::to_string(at.segment) + ":" + std::to_string(at.offset) + " seq " +
           std::to_string(at.seq);
}

}  // namespace

Result<std::unique_ptr<Process>> Process::start(World& world, Circumstances const& circumstances) {
    std::unique_ptr<Process> process(new Process(world));
    TRY(auto const stored, journal::read_lanes(world.files(), kJournalDir));
    TRY(process->journal_, journal::Journal::open(world.files(), world.clock, world.setting.journal,
                                                  journal::furthest(stored), journal::Naming::keep,
                                                  journal::Writer::caller));
    for (std::size_t i = 0; i < kIoThreads; ++i) {
        auto io = std::make_unique<IoThread>();
        io->intake = std::make_unique<journal::Intake>(*process->journal_,
                                                       [raw = io.get()] { raw->woken = true; });
        process->io_threads_.push_back(std::move(io));
    }
    world.trace.line("journal open, next is " + text_of(process->journal_->synced()));
    if (circumstances.early) {
        process->send();
        process->hand_over();
        process->step_journal();
    }
    process->retention_ = std::make_unique<delivery::Retention>(*process->journal_);
    TRY(process->open_lanes(stored, circumstances.switched_off));
    return process;
}

Result<void> Process::open_lanes(std::vector<journal::StoredLane> const& stored,
                                 LaneSet switched_off) {
    auto const& kinds = world_.oracle.lanes();
    auto const record_of = [&](std::size_t lane) {
        return std::find_if(stored.begin(), stored.end(),
                            [&](auto const& known) { return known.name == kinds[lane].name; });
    };
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        if (record_of(i) == stored.end()) switched_off.reset(i);
    }
    TRY(auto sinks, world_.make_sinks(switched_off));
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        TRY(auto lane, sinks[i] ? open_lane(std::move(sinks[i])) : hold_lane(*record_of(i)));
        if (lane.pump) world_.oracle.attached(i);
        lanes_.push_back(std::move(lane));
    }
    retention_->begin();
    return success();
}

Result<Process::Lane> Process::open_lane(std::unique_ptr<sink::Sink> sink) {
    TRY(auto pump,
        delivery::Pump::open(
            world_.files(), world_.clock, *sink,
            {.journal_dir = kJournalDir, .node = journal_->node(), .first = journal_->first()}));
    world_.trace.line("lane " + std::string(pump->name()) + " at " + text_of(pump->keep_from()));
    auto const retained = retention_->add(pump->keep_from());
    return Lane{std::move(sink), std::move(pump), retained};
}

Result<Process::Lane> Process::hold_lane(journal::StoredLane const& stored) {
    TRY(bool const is_held, retention_->hold(world_.files(), kJournalDir, stored));
    world_.trace.line("lane " + stored.name + " held at " +
                      (is_held ? text_of(stored.state.cursor) : "nothing"));
    return Lane{};
}

Process::~Process() {
    for (auto& lane : lanes_) lane.pump.reset();
    // The writer's last round completes what waits, so the io threads go after it.
    if (journal_) journal_->stop();
    take_answers();
    io_threads_.clear();
    journal_.reset();
}

void Process::send() {
    auto& dice = world_.dice;
    auto& intake = *io_threads_[dice.below(kIoThreads)]->intake;
    auto const kind = static_cast<event::Kind>(1 + dice.below(3));
    auto const rows = dice.one_in(3) ? dice.between(2, 5) : 1;
    std::uint64_t const most = dice.one_in(20) ? 12'000 : 600;
    auto& request = requests_.emplace_back();
    request.rows = rows;
    auto& place = intake.rows();
    for (std::uint64_t i = 0; i < rows; ++i) {
        auto const number =
            world_.oracle.make_row(kind, static_cast<std::size_t>(dice.below(most)));
        if (i == 0) request.first = number;
        place += world_.oracle.stored(number);
    }
    auto const taken = intake.append(static_cast<std::uint8_t>(kind),
                                     static_cast<std::uint32_t>(rows), request.waiter);
    world_.trace.line("rows " + std::to_string(request.first) + " to " +
                      std::to_string(request.first + rows - 1) +
                      (taken ? "" : " refused: " + std::string(to_string(taken.error().code))));
    if (taken) return;
    world_.oracle.refused(request.first, rows);
    requests_.pop_back();
}

void Process::hand_over() {
    for (auto& io : io_threads_) io->intake->submit();
}

void Process::step_journal() {
    journal_->step(std::chrono::milliseconds(0));
    take_answers();
}

void Process::take_answers() {
    for (auto& io : io_threads_) {
        if (!io->woken) continue;
        io->woken = false;
        auto waiters = io->intake->take();
        while (auto* const waiter = waiters.pop()) answer(*waiter);
    }
}

void Process::answer(journal::Waiter& waiter) {
    auto const found = std::find_if(requests_.begin(), requests_.end(), [&](auto const& request) {
        return &request.waiter == &waiter;
    });
    auto& request = *found;
    request.answered = true;
    auto const name = "rows " + std::to_string(request.first) + " to " +
                      std::to_string(request.first + request.rows - 1);
    // The answer of a dead process reaches nobody.
    bool const acknowledged = waiter.stored && !world_.disk.dead();
    world_.trace.line(name + (acknowledged
                                  ? " acknowledged as seq " + std::to_string(waiter.last_seq)
                                  : " not acknowledged"));
    if (acknowledged) {
        world_.oracle.acknowledged(request.first, request.rows, journal_->node(), waiter.last_seq);
    }
    while (!requests_.empty() && requests_.front().answered) requests_.pop_front();
}

void Process::step_lane(std::size_t index, bool flush) {
    auto& stepped = lanes_[index];
    if (!stepped.pump) return;
    stepped.pump->step(journal_->synced(), flush);
    retention_->moved(stepped.retained, stepped.pump->keep_from());
}

void Process::stop() {
    hand_over();
    journal_->stop();
    take_answers();
    for (std::size_t i = 0; i < lanes_.size(); ++i) step_lane(i, true);
}

bool Process::has_all_sinks() const {
    return std::all_of(lanes_.begin(), lanes_.end(),
                       [](auto const& lane) { return lane.pump != nullptr; });
}

bool Process::is_idle() const {
    auto const end = journal_->synced();
    return std::all_of(lanes_.begin(), lanes_.end(), [&](auto const& lane) {
        return lane.pump->caught_up() && lane.pump->keep_from() == end;
    });
}

void Process::judge() {
    auto const next_seq = journal_->synced().seq;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        auto const& stats = lanes_[i].pump->stats();
        world_.oracle.judge_lane(i, journal_->node(),
                                 {.delivered = stats.delivered.get(),
                                  .quarantined = stats.quarantined.get(),
                                  .detached = stats.detached.get(),
                                  .damaged = stats.damaged.get(),
                                  .other_types = stats.other_types.get(),
                                  .next_seq = stats.cursor_seq.get()},
                                 next_seq);
    }
}

}  // namespace inlet::sim
