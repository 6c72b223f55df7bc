// credential_schedule.hpp - decides when credentials are fetched and what is answered meanwhile. No thread and no lock:
// credential_cache.hpp runs it.
// Threads: one at a time.
// When:    at once while there are none, when some were refused or have expired (after a failure: 1 s to 60 s later,
//          doubling, with jitter); from 15 minutes before they expire, each minute if that fails; from 10 minutes
//          before, as if there were none. Never twice within a second. Credentials that live shorter than twice these
//          times are fetched at half of what they had left, so that they are not fetched all the time.
#pragma once

#include <cstdint>
#include <optional>

#include "aws/credentials.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"

namespace inlet::aws {

class CredentialSchedule {
  public:
    CredentialSchedule(Clock& clock, std::uint64_t seed) : clock_(clock), random_(seed | 1) {}

    // Milliseconds until the next fetch is due: 0: now. At most a minute, as the wall clock may be set.
    [[nodiscard]] std::int64_t wait_ms() const;
    // What a fetch gave. Credentials that have expired already are a failure.
    void fetched(Result<Credentials> result);
    // These did not work for a service; true if the next fetch is now sooner. Unknown ones are ignored.
    bool refused(Credentials const& credentials);

    // What to sign with now, or why there is nothing; nothing at all: a fetch will tell soon.
    [[nodiscard]] std::optional<Result<Credentials>> answer() const;

    // The last fetch failed, with this reason.
    [[nodiscard]] std::optional<Error> const& failure() const { return failure_; }
    [[nodiscard]] std::optional<Credentials> const& current() const { return current_; }

  private:
    [[nodiscard]] bool is_usable() const;
    [[nodiscard]] bool expires_within(std::int64_t lead_ms) const;
    void accept(Credentials credentials);
    std::int64_t next_backoff_ms();

    Clock& clock_;
    std::optional<Credentials> current_;
    bool refused_ = false;
    std::int64_t advisory_ms_ = 0;  // before they expire
    std::int64_t mandatory_ms_ = 0;
    std::optional<Error> failure_;
    int failures_ = 0;
    std::int64_t last_end_ms_ = 0;    // of a fetch, steady
    std::int64_t not_before_ms_ = 0;  // the next fetch, steady
    std::uint64_t random_;
};

}  // namespace inlet::aws
