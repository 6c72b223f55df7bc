// contract.hpp - which members each object of a request has, and what their values must be.
// Both readers of a body use these tables: RequestParser, which accepts, and diagnose(), which
// explains.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace inlet::event {

enum class Rule : std::uint8_t {
    id,          // a string of 1 to Limits::max_id_bytes decoded bytes: ids and names of events
    object,      // any object
    attributes,  // an object whose own members all have different names
    timestamp,   // an integer literal that fits 64 bits
    events,      // an array of events
};

struct KnownMember {
    std::string_view name;
    Rule rule;
};

// In the order of the row. Every member is required.
inline constexpr std::array<KnownMember, 2> kTrackMembers = {
    {{"userId", Rule::id}, {"events", Rule::events}}};
inline constexpr std::array<KnownMember, 3> kEventMembers = {
    {{"eventName", Rule::id}, {"metadata", Rule::object}, {"timestampUTC", Rule::timestamp}}};
// What stands before each value of an event that is written in this order and without white space.
inline constexpr std::array<std::string_view, 3> kEventTexts = {
    R"({"eventName":)", R"(,"metadata":)", R"(,"timestampUTC":)"};
inline constexpr std::array<KnownMember, 3> kAliasMembers = {
    {{"newUserId", Rule::id}, {"originalUserId", Rule::id}, {"timestampUTC", Rule::timestamp}}};
inline constexpr std::array<KnownMember, 3> kProfileMembers = {
    {{"userId", Rule::id}, {"attributes", Rule::attributes}, {"timestampUTC", Rule::timestamp}}};

// Optional, in a body and in an event: names the row for retries. Passed on in "extra" like a
// member that we do not know, and any value is accepted; but there may be only one.
inline constexpr std::string_view kMessageId = "messageId";

}  // namespace inlet::event
