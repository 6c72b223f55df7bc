#include "app/termination_command.hpp"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <memory>
#include <thread>
#include <utility>

#include "app/drain.hpp"
#include "app/lifecycle_hold.hpp"
#include "app/owner.hpp"
#include "aws/child_process.hpp"
#include "aws/command_line.hpp"
#include "aws/termination_notice.hpp"
#include "base/log.hpp"

namespace inlet::app {
namespace {

constexpr int kDrained = 0;
constexpr int kLeft = 1;
constexpr int kNotPossible = 2;

constexpr std::int64_t kStopMs = 10 * 60'000;  // for the command that stops the server
constexpr std::int64_t kSpotMarginMs = 5'000;  // before a spot instance ends
constexpr std::int64_t kMinDrainMs = 1'000;
constexpr std::int64_t kComplainMs = 10 * 60'000;  // about metadata that cannot be asked

void sleep_ms(std::int64_t ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(ms));
}

int fail_with(Error const& error) {
    log::error("cannot drain", {{"reason", error.message()}});
    return kNotPossible;
}

// Returns once an end is announced. Errors: invalid (what the environment says of the metadata).
Result<aws::TerminationNotice> wait_for_notice(std::int64_t poll_ms, Clock& clock) {
    TRY(auto const options, aws::MetadataOptions::load(aws::process_environment()));
    if (options.disabled)
        return fail(Errc::invalid, "instance metadata is disabled by AWS_EC2_METADATA_DISABLED");
    auto const http = aws::make_http_client({});
    log::Limiter complaints(kComplainMs);
    log::info("waiting for the end of this instance", {{"metadata", options.endpoint}});
    for (;;) {
        aws::InstanceMetadata metadata(*http, options);  // its token would end after some hours
        auto notice = aws::termination_notice(metadata);
        if (notice && notice.value()) return std::move(*notice.value());
        if (!notice && complaints.pass(clock.steady_ms()) > 0) {
            log::warn("instance metadata cannot be asked, trying again",
                      {{"reason", notice.error().message()}});
        }
        sleep_ms(poll_ms);
    }
}

// If it fails, the journal's lock will tell whether the server runs.
void stop_server(std::string const& command) {
    auto const arguments = aws::split_command(command);
    aws::Interrupt never;
    auto const child = arguments
                           ? aws::run_child(arguments.value(), {.deadline_ms = kStopMs}, never)
                           : Result<aws::ChildResult>(arguments.error());
    if (!child) {
        log::error("the server could not be stopped", {{"reason", child.error().message()}});
    } else if (child.value().exit_code != 0) {
        log::error("the server could not be stopped",
                   {{"status", child.value().exit_code}, {"reason", child.value().error_output}});
    }
}

std::int64_t time_for(aws::TerminationNotice const& notice, std::int64_t timeout_ms, Clock& clock) {
    if (!notice.ends_at_unix_ms) return timeout_ms;
    auto const left = *notice.ends_at_unix_ms - clock.unix_ms() - kSpotMarginMs;
    return std::clamp(left, std::min(kMinDrainMs, timeout_ms), timeout_ms);
}

int tell(Drain const& drain) {
    auto const left = drain.left();
    for (auto const& lane : left) {
        log::error("rows are left",
                   {{"lane", lane.lane}, {"rows", lane.rows}, {"reason", lane.why}});
    }
    if (auto const rows = drain.quarantined_rows(); rows > 0)
        log::error("rows were set aside and end with this disk", {{"rows", rows}});
    log::info(left.empty() ? "drained" : "not drained", {{"delivered", drain.delivered_rows()}});
    return left.empty() ? kDrained : kLeft;
}

int drain_now(config::Config const& config, FileSystem& fs, Clock& clock, std::int64_t timeout_ms) {
    auto const started =
        Drain::start(config, fs, clock, {.timeout_ms = timeout_ms, .gives_up_on_hold = false});
    if (!started) {
        if (started.error().code != Errc::not_found) return fail_with(started.error());
        log::info("drained", {{"reason", started.error().message()}});
        return kDrained;
    }
    (void)started.value()->wait(timeout_ms);
    started.value()->stop();
    return tell(*started.value());
}

Result<std::unique_ptr<LifecycleHold>> hold_up(config::Config const& config, Clock& clock,
                                               TerminationRequest const& request) {
    auto const http = aws::make_http_client({});
    TRY(auto id, aws::instance_id(*http, aws::process_environment()));
    return LifecycleHold::begin(config.aws,
                                {request.lifecycle_hook, request.auto_scaling_group, std::move(id)},
                                request.heartbeat_ms, clock);
}

}  // namespace

int drain_on_termination(config::Config const& config, FileSystem& fs, Clock& clock,
                         TerminationRequest const& request) {
    ::signal(SIGPIPE, SIG_IGN);  // libcurl leaves that to us
    log::configure(config.log.level, config.log.format);
    auto const notice = wait_for_notice(request.poll_ms, clock);
    if (!notice) return fail_with(notice.error());
    log::warn("this instance ends", {{"because", notice.value().reason}});
    std::unique_ptr<LifecycleHold> hold;
    if (!request.lifecycle_hook.empty()) {
        auto held = hold_up(config, clock, request);
        if (held)
            hold = std::move(held.value());
        else  // whatever time is left is used all the same
            log::error("the end is not held up", {{"reason", held.error().message()}});
    }
    // A spot instance's time runs already.
    if (hold && !notice.value().ends_at_unix_ms && !hold->wait_active(request.hook_wait_ms))
        log::warn("the lifecycle hook does not wait, going on", {{"hook", request.lifecycle_hook}});
    stop_server(request.stop_command);
    if (auto const done = become_owner(config.journal.dir); !done) return fail_with(done.error());
    auto const status =
        drain_now(config, fs, clock, time_for(notice.value(), request.timeout_ms, clock));
    // Not possible now may be possible soon, when the service manager has started this again.
    if (hold && status != kNotPossible) hold->complete(status == kDrained);
    return status;
}

}  // namespace inlet::app
