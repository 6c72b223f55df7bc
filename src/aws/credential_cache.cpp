#include "aws/credential_cache.hpp"

#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include <pthread.h>

#include "base/time.hpp"

namespace inlet::aws {
namespace {

using std::chrono::milliseconds;

std::string end_of_key(Credentials const& credentials) {
    auto const& id = credentials.access_key_id;
    return id.size() < 16 ? "..." : "..." + id.substr(id.size() - 4);
}

// As get() promises it, whatever it was.
Error as_unavailable(Error const& error) {
    auto context = "AWS credentials: " + error.context;
    if (error.code == Errc::timeout) context += ": timed out";
    return {Errc::unavailable, error.sys_errno, std::move(context)};
}

}  // namespace

CredentialCache::CredentialCache(CredentialProvider& provider, Clock& clock,
                                 std::function<void()> cancel, std::int64_t max_get_ms)
    : provider_(provider),
      clock_(clock),
      cancel_(std::move(cancel)),
      max_get_ms_(max_get_ms),
      schedule_(clock, static_cast<std::uint64_t>(clock.unix_ms())),
      thread_([this] { run(); }) {}

CredentialCache::~CredentialCache() {
    {
        std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    cancel_();
    due_.notify_all();
    thread_.join();
}

Result<Credentials> CredentialCache::get() {
    std::unique_lock lock(mutex_);
    auto const end = std::chrono::steady_clock::now() + milliseconds(max_get_ms_);
    for (;;) {
        if (auto answer = schedule_.answer()) {
            if (*answer) return std::move(*answer);
            return as_unavailable(answer->error());
        }
        due_.notify_one();  // they may have expired while the thread sleeps: clocks are set, hosts are suspended
        if (!may_wait_) return fail(Errc::stopping, "AWS credentials: none has come");
        if (ended_.wait_until(lock, end) == std::cv_status::timeout && !schedule_.answer())
            return fail(Errc::unavailable, "AWS credentials: none has come within " +
                                               std::to_string(max_get_ms_) + " ms");
    }
}

void CredentialCache::refused(Credentials const& credentials) {
    std::lock_guard lock(mutex_);
    if (schedule_.refused(credentials)) due_.notify_one();
}

void CredentialCache::stop_waiting() {
    {
        std::lock_guard lock(mutex_);
        may_wait_ = false;
    }
    ended_.notify_all();
}

void CredentialCache::run() {
    pthread_setname_np(pthread_self(), "credentials");
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        if (auto const wait_ms = schedule_.wait_ms(); wait_ms > 0) {
            due_.wait_for(lock, milliseconds(wait_ms));
            continue;
        }
        lock.unlock();
        auto result = fetch();
        lock.lock();
        if (stopping_) break;
        schedule_.fetched(std::move(result));
        auto const failure = schedule_.failure();
        auto const outcome =
            failure ? Result<Credentials>(*failure) : Result<Credentials>(*schedule_.current());
        ended_.notify_all();
        lock.unlock();
        report(outcome);
        lock.lock();
    }
}

Result<Credentials> CredentialCache::fetch() {
    try {
        TRY(auto credentials, provider_.fetch());
        if (!credentials) return fail(Errc::not_found, "there are none");
        return std::move(*credentials);
    } catch (std::exception const& error) {
        // Only a library can get here (out of memory); the next fetch may be luckier.
        return fail(Errc::unavailable, error.what());
    }
}

void CredentialCache::report(Result<Credentials> const& result) {
    if (!result) {
        announce_ = true;
        if (auto const times = failures_.pass(clock_.steady_ms()))
            log::warn("AWS credentials cannot be fetched",
                      {{"reason", result.error().message()}, {"times", times}});
        return;
    }
    if (!std::exchange(announce_, false)) return;
    auto const& expires_ms = result.value().expires_unix_ms;
    log::info("AWS credentials", {{"from", provider_.name()},
                                  {"key", end_of_key(result.value())},
                                  {"expire", expires_ms ? iso_time(*expires_ms) : "never"}});
}

}  // namespace inlet::aws
