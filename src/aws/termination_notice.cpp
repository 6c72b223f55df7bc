#include "aws/termination_notice.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "aws/credential_fields.hpp"
#include "base/time.hpp"

namespace inlet::aws {
namespace {

constexpr char const* kLifecycleState = "/latest/meta-data/autoscaling/target-lifecycle-state";
constexpr char const* kSpotAction = "/latest/meta-data/spot/instance-action";

// The text, or nothing where there is none (404).
Result<std::optional<std::string>> ask(InstanceMetadata& metadata, char const* path) {
    auto text = metadata.get(path);
    if (text) return std::optional<std::string>(std::move(text.value()));
    if (text.error().code == Errc::not_found) return std::optional<std::string>();
    return std::move(text.error());
}

}  // namespace

Result<std::optional<TerminationNotice>> read_spot_action(std::string_view json) {
    boost::json::error_code error;
    auto const value = boost::json::parse(json, error);
    auto const* object = error ? nullptr : value.if_object();
    auto const* action = object ? object->if_contains("action") : nullptr;
    auto const* name = action ? action->if_string() : nullptr;
    if (name == nullptr)
        return fail(Errc::invalid, "spot/instance-action: " + printable(json, 80) + " is none");
    if (*name == "hibernate") return std::optional<TerminationNotice>();
    TerminationNotice notice;
    notice.reason = "spot/instance-action is " + printable(std::string_view(*name), 40);
    auto const* time = object->if_contains("time");
    if (auto const* text = time ? time->if_string() : nullptr)
        notice.ends_at_unix_ms = parse_iso_time(std::string_view(*text));
    return std::optional<TerminationNotice>(std::move(notice));
}

Result<std::optional<TerminationNotice>> termination_notice(InstanceMetadata& metadata) {
    TRY(auto const state, ask(metadata, kLifecycleState));
    if (state && *state == "Terminated") {
        return std::optional<TerminationNotice>(
            TerminationNotice{"autoscaling/target-lifecycle-state is Terminated"});
    }
    TRY(auto const action, ask(metadata, kSpotAction));
    if (!action) return std::optional<TerminationNotice>();
    return read_spot_action(*action);
}

}  // namespace inlet::aws
