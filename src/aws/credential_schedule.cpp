#include "aws/credential_schedule.hpp"

#include <algorithm>
#include <utility>

#include "base/time.hpp"

namespace inlet::aws {
namespace {

constexpr std::int64_t kSecondMs = 1'000;
constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
// As botocore.
constexpr std::int64_t kAdvisoryMs = 15 * kMinuteMs;
constexpr std::int64_t kMandatoryMs = 10 * kMinuteMs;

constexpr std::int64_t kMaxWaitMs = kMinuteMs;
constexpr std::int64_t kFirstBackoffMs = kSecondMs;
constexpr std::int64_t kMaxBackoffMs = kMinuteMs;

}  // namespace

bool CredentialSchedule::expires_within(std::int64_t lead_ms) const {
    return current_->expires_unix_ms && *current_->expires_unix_ms - clock_.unix_ms() <= lead_ms;
}

bool CredentialSchedule::is_usable() const {
    return current_ && !refused_ && !expires_within(0);
}

std::int64_t CredentialSchedule::wait_ms() const {
    if (is_usable()) {
        if (!current_->expires_unix_ms) return kMaxWaitMs;
        auto const left_ms = *current_->expires_unix_ms - advisory_ms_ - clock_.unix_ms();
        if (left_ms > 0) return std::min(left_ms, kMaxWaitMs);
    }
    return std::clamp(not_before_ms_ - clock_.steady_ms(), std::int64_t{0}, kMaxWaitMs);
}

void CredentialSchedule::fetched(Result<Credentials> result) {
    auto const now_ms = clock_.steady_ms();
    last_end_ms_ = now_ms;
    not_before_ms_ = now_ms + kSecondMs;
    if (result) {
        auto const expires = result.value().expires_unix_ms;
        if (!expires || *expires > clock_.unix_ms()) return accept(std::move(result.value()));
        result = fail(Errc::unavailable, "the credentials expired at " + iso_time(*expires) +
                                             ", before they came (is the clock right?)");
    }
    failure_ = std::move(result.error());
    bool const advisory = is_usable() && !expires_within(mandatory_ms_);
    not_before_ms_ = now_ms + (advisory ? kMinuteMs : next_backoff_ms());
}

void CredentialSchedule::accept(Credentials credentials) {
    if (credentials.expires_unix_ms) {
        auto const left_ms = *credentials.expires_unix_ms - clock_.unix_ms();
        advisory_ms_ = std::min(kAdvisoryMs, left_ms / 2);
        mandatory_ms_ = std::min(kMandatoryMs, left_ms / 3);
    }
    current_ = std::move(credentials);
    refused_ = false;
    failure_.reset();
    failures_ = 0;
}

bool CredentialSchedule::refused(Credentials const& credentials) {
    if (!current_ || refused_ || current_->access_key_id != credentials.access_key_id ||
        current_->session_token != credentials.session_token)
        return false;
    refused_ = true;
    failure_.reset();  // of an earlier refresh: what counts is the fetch that comes now
    failures_ = 0;
    not_before_ms_ = last_end_ms_ + kSecondMs;
    return true;
}

std::optional<Result<Credentials>> CredentialSchedule::answer() const {
    if (is_usable()) return Result<Credentials>(*current_);
    if (failure_) return Result<Credentials>(*failure_);
    return std::nullopt;
}

std::int64_t CredentialSchedule::next_backoff_ms() {
    auto const full_ms = std::min(kMaxBackoffMs, kFirstBackoffMs << std::min(failures_, 6));
    ++failures_;
    // xorshift64: jitter needs no better.
    random_ ^= random_ << 13;
    random_ ^= random_ >> 7;
    random_ ^= random_ << 17;
    auto const half_ms = full_ms / 2;
    auto const jitter_ms =
        static_cast<std::int64_t>(random_ % static_cast<std::uint64_t>(half_ms + 1));
    return std::max(kFirstBackoffMs, half_ms + jitter_ms);
}

}  // namespace inlet::aws
