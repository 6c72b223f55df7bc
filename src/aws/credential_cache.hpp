// credential_cache.hpp - credentials that are always at hand: a thread named "credentials" fetches, all others only read.
// When it fetches is decided by CredentialSchedule.
// Threads:   get(), refused() and stop_waiting() from any.
// Ownership: the provider and the clock must outlive it. `cancel` must end a fetch that is under way, and all later
//            ones; it is called once, by the destructor.
// Bounds:    get() waits only while there is nothing valid and no fetch has failed since there was, and then at most
//            kMaxGetMs, or until stop_waiting().
// Logs:      where the credentials come from, when they first come and when they come again after a failure; each
//            failure, at most once a minute. Of the keys only the last 4 characters of the access key id.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <thread>

#include "aws/credential_provider.hpp"
#include "aws/credential_schedule.hpp"
#include "aws/credentials.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"

namespace inlet::aws {

class CredentialCache final : public CredentialSource {
  public:
    static constexpr std::int64_t kMaxGetMs = 10'000;

    CredentialCache(CredentialProvider& provider, Clock& clock, std::function<void()> cancel,
                    std::int64_t max_get_ms = kMaxGetMs);
    ~CredentialCache() override;
    CredentialCache(CredentialCache const&) = delete;
    CredentialCache& operator=(CredentialCache const&) = delete;

    Result<Credentials> get() override;
    void refused(Credentials const& credentials) override;
    void stop_waiting() override;

  private:
    void run();
    Result<Credentials> fetch();
    void report(Result<Credentials> const& result);

    CredentialProvider& provider_;
    Clock& clock_;
    std::function<void()> const cancel_;
    std::int64_t const max_get_ms_;

    std::mutex mutex_;
    std::condition_variable due_;    // the thread looks at the schedule again
    std::condition_variable ended_;  // a fetch has ended
    CredentialSchedule schedule_;    // guarded by mutex_
    bool may_wait_ = true;           // guarded by mutex_
    bool stopping_ = false;          // guarded by mutex_

    // Of the thread alone.
    bool announce_ = true;
    log::Limiter failures_{60'000};

    std::thread thread_;  // last: it uses all the others
};

}  // namespace inlet::aws
