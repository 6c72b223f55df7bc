#include "app/drain_command.hpp"

#include <cinttypes>
#include <cstdio>

#include <unistd.h>

#include "app/drain.hpp"
#include "app/owner.hpp"
#include "base/log.hpp"
#include "verify/progress_bar.hpp"

namespace inlet::app {
namespace {

constexpr int kEmpty = 0;
constexpr int kLeft = 1;
constexpr int kNotPossible = 2;

constexpr std::int64_t kLookMs = 100;
constexpr std::int64_t kLineMs = 10'000;  // between lines where no bar can be drawn

int fail_with(Error const& error) {
    std::fprintf(stderr, "inlet: %s\n", error.message().c_str());
    return kNotPossible;
}

void wait_and_show(Drain& drain, Clock& clock, std::int64_t timeout_ms) {
    bool const on_terminal = ::isatty(STDERR_FILENO) == 1;
    verify::ProgressBar bar(clock);
    auto const began_ms = clock.steady_ms();
    auto next_line_ms = began_ms + kLineMs;
    while (!drain.wait(kLookMs)) {
        bar.show(drain.done_bytes(), drain.total_bytes());
        auto const now = clock.steady_ms();
        if (now - began_ms >= timeout_ms) return;  // a call may take longer
        if (on_terminal || now < next_line_ms) continue;
        next_line_ms = now + kLineMs;
        auto const line =
            verify::progress_line(drain.done_bytes(), drain.total_bytes(), now - began_ms);
        std::fprintf(stderr, "%s\n", line.c_str());
    }
}

int tell(Drain const& drain) {
    std::printf("%" PRIu64 " rows delivered\n", drain.delivered_rows());
    if (auto const rows = drain.quarantined_rows(); rows > 0)
        std::printf("%" PRIu64 " rows set aside, see `inlet quarantine ls`\n", rows);
    auto const left = drain.left();
    for (auto const& lane : left) {
        std::printf("left: %s%" PRIu64 " rows: %s\n",
                    lane.lane.empty() ? "" : ("lane " + lane.lane + ", ").c_str(), lane.rows,
                    lane.why.c_str());
    }
    if (left.empty()) std::printf("every lane is empty\n");
    return left.empty() ? kEmpty : kLeft;
}

}  // namespace

int drain(config::Config const& config, FileSystem& fs, Clock& clock, std::int64_t timeout_ms) {
    log::configure(log::Level::warn, log::Format::text);
    if (auto const done = become_owner(config.journal.dir); !done) return fail_with(done.error());
    auto const started = Drain::start(config, fs, clock, {.timeout_ms = timeout_ms});
    if (!started) return fail_with(started.error());
    auto& drain = *started.value();
    wait_and_show(drain, clock, timeout_ms);
    drain.stop();
    return tell(drain);
}

}  // namespace inlet::app
