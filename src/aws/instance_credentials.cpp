#include "aws/instance_credentials.hpp"

#include <algorithm>

#include "aws/credential_document.hpp"
#include "aws/instance_metadata.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "base/time.hpp"

namespace inlet::aws {
namespace {

constexpr char const* kRolePath = "/latest/meta-data/iam/security-credentials/";
constexpr std::size_t kMaxRoleBytes = 128;

constexpr std::int64_t kMinuteMs = 60'000;
// New ones are there at least 5 minutes before the old ones expire (EC2 user guide, "Retrieve security credentials
// from instance metadata"): what is older than that is stale.
constexpr std::int64_t kStaleMs = 5 * kMinuteMs;
// How far the expiry of stale ones is moved, beyond the time from which they are fetched again: as botocore.
constexpr std::int64_t kExtensionMs = 15 * kMinuteMs;
constexpr std::int64_t kMinJitterMs = 2 * kMinuteMs;
constexpr std::int64_t kMaxJitterMs = 10 * kMinuteMs;

std::int64_t jitter_ms() {
    std::uint32_t random = 0;
    fill_random(reinterpret_cast<char*>(&random), sizeof random);
    return kMinJitterMs + random % (kMaxJitterMs - kMinJitterMs + 1);
}

// IAM user guide, "IAM and AWS STS quotas": the characters of a role's name.
bool is_role_name(std::string_view name) {
    auto const allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("+=,.@_-").find(c) != std::string_view::npos;
    };
    return !name.empty() && name.size() <= kMaxRoleBytes &&
           std::all_of(name.begin(), name.end(), allowed);
}

Result<std::string> role_of(InstanceMetadata& metadata) {
    auto const list = metadata.get(kRolePath);
    if (!list && list.error().code == Errc::not_found)
        return fail(Errc::not_found, "no role is attached to this instance");
    if (!list) return list.error();
    // One role; a list would have one on each line.
    auto const role = list.value().substr(0, list.value().find_first_of("\r\n"));
    if (!is_role_name(role)) return fail(Errc::invalid, "the reply is no name of a role");
    return role;
}

void extend_stale(Credentials& credentials, std::int64_t now_ms) {
    auto& expires_ms = *credentials.expires_unix_ms;
    if (expires_ms - now_ms >= kStaleMs) return;
    auto const extended_ms = now_ms + kExtensionMs + jitter_ms();
    log::info("instance metadata gives stale credentials; they are used on",
              {{"expired", iso_time(expires_ms)}, {"until", iso_time(extended_ms)}});
    expires_ms = extended_ms;
}

}  // namespace

Result<std::optional<Credentials>> InstanceCredentials::fetch() {
    TRY(auto options, MetadataOptions::load(context_.environment));
    if (options.disabled) return std::nullopt;
    InstanceMetadata metadata(context_.http, std::move(options));
    TRY(auto const role, role_of(metadata));
    TRY(auto const document, metadata.get(kRolePath + role));
    TRY(auto credentials, read_metadata_document(document, "the credentials of role " + role));
    extend_stale(credentials, context_.clock.unix_ms());
    return credentials;
}

}  // namespace inlet::aws
