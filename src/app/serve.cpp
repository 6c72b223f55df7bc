#include "app/serve.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <string>
#include <sys/resource.h>

#include <malloc.h>
#include <pthread.h>
#include <signal.h>

#include "app/app.hpp"
#include "app/service_manager.hpp"
#include "base/log.hpp"
#include "http/unix_listener.hpp"

namespace inlet::app {
namespace {

// Waits for a signal for at most so long; 0 if none came.
int wait_for_signal(sigset_t const& signals, std::int64_t ms) {
    timespec const timeout = {ms / 1'000, ms % 1'000 * 1'000'000};
    int const signal = ::sigtimedwait(&signals, nullptr, &timeout);
    return signal > 0 ? signal : 0;
}

// Connections need a descriptor each; the soft limit is often 1,024 for no reason.
void raise_descriptor_limit() {
    rlimit limit = {};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

// A buffer of this size has pages of its own, and they go back with it. This is where glibc begins, but it goes up with the
// buffers that are freed, to 32 MiB (mallopt(3)), and then keeps what is smaller, for each thread by itself: a lane would
// stay as large as its largest batch. docs/decisions/freed-memory.md has the price.
void return_large_buffers() {
    constexpr int kLargeBytes = 128 << 10;
    (void)::mallopt(M_MMAP_THRESHOLD, kLargeBytes);
}

// "0.0.0.0:8080" is no address to go to; "localhost:8080" is.
std::string reachable(std::string const& address) {
    auto const colon = address.rfind(':');
    auto const host = address.substr(0, colon);
    if (host == "0.0.0.0" || host == "[::]") return "localhost" + address.substr(colon);
    return address;
}

void print_banner(App const& app, config::Config const& config) {
    auto const plain = app.addresses();
    auto const tls = app.tls_addresses();
    if (plain.empty() && tls.empty()) return;
    auto const url =
        !plain.empty() ? "http://" + reachable(plain.front()) : "https://" + reachable(tls.front());
    std::string text = "\ninlet is ready\n\n";
    text += "  API      " + url + "/track   /alias   /profile\n";
    if (config.api.ui) text += "  Try it   " + url + "/ui/\n";
    for (auto const& admin : app.admin_addresses()) {
        text += "  Status   " + (http::is_unix_address(admin) ? "" : "http://" + reachable(admin)) +
                (http::is_unix_address(admin) ? admin + "\n" : "/status\n");
    }
    text += "  Journal  " + config.journal.dir + "\n";
    if (config.lake.enabled) text += "  Lake     " + config.lake.dir + "\n";
    if (config.s3.enabled) text += "  S3       " + config.s3.bucket + "\n";
    if (config.firehose.enabled) text += "  Firehose " + config.firehose.delivery_stream + "\n";
    text += "\nSend an event:\n\n";
    text += "  curl -sS " + url + "/track -H 'Content-Type: application/json' \\\n";
    text +=
        "    -d '{\"userId\":\"ana\",\"events\":[{\"eventName\":\"Hello World!\",\"metadata\":{},"
        "\"timestampUTC\":'$(date +%s)'}]}'\n\n";
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

void run_until_stopped(App& app, sigset_t const& signals) {
    auto const watchdog_ms = watchdog_interval_ms();
    auto const round_ms =
        watchdog_ms > 0 ? std::clamp<std::int64_t>(watchdog_ms / 3, 50, 10'000) : 10'000;
    for (;;) {
        int const signal = wait_for_signal(signals, round_ms);
        if (signal == SIGTERM || signal == SIGINT) {
            log::info("stopping", {{"signal", signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
            return;
        }
        if (signal == SIGHUP) app.reload_tls();
        if (watchdog_ms > 0 && app.alive()) notify("WATCHDOG=1");
    }
}

}  // namespace

int serve(config::Config config, bool banner) {
    ::signal(SIGPIPE, SIG_IGN);
    ::signal(SIGXFSZ,
             SIG_IGN);  // a file over the limit of its size is an error (EFBIG), no reason to end
    // Blocked before the first thread starts, so that every thread inherits it and only main takes signals.
    sigset_t signals;
    sigemptyset(&signals);
    for (int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    raise_descriptor_limit();
    return_large_buffers();
    log::configure(config.log.level, config.log.format);

    auto sockets = inherited_sockets();
    if (!sockets.plain.empty() || !sockets.tls.empty()) {
        // Socket activation replaces what is configured: the ports are the service manager's business then.
        config.server.listen.clear();
        config.server.tls_listen.clear();
        config.server.inherited = std::move(sockets.plain);
        config.server.inherited_tls = std::move(sockets.tls);
    }
    if (!sockets.admin.empty()) {
        config.admin.listen.clear();
        config.admin.inherited = std::move(sockets.admin);
    }

    App app(posix_file_system(), system_clock(), config);
    auto const started = app.start();
    if (!started) {
        log::error("cannot start", {{"reason", started.error().message()}});
        return 1;
    }
    for (auto const& address : app.addresses()) log::info("listening", {{"address", address}});
    for (auto const& address : app.tls_addresses())
        log::info("listening", {{"address", address}, {"tls", 1}});
    for (auto const& address : app.admin_addresses())
        log::info("admin listening", {{"address", address}});
    if (banner) print_banner(app, config);
    notify("READY=1");
    run_until_stopped(app, signals);
    notify("STOPPING=1");
    app.stop();
    log::info("stopped");
    return 0;
}

}  // namespace inlet::app
