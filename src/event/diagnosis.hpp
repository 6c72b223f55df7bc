// diagnosis.hpp - the slow reader of a body: what exactly is wrong with it, for people.
// Runs only after RequestParser has refused a body, so it may copy and allocate.
#pragma once

#include <string_view>

#include "event/event.hpp"

namespace inlet::event {

// `malformed` with one problem, or `violation` with all of them (up to kMaxProblems), in the order
// of the body; what is missing in an object follows behind what is wrong in it. `accepted` if
// nothing is wrong.
Outcome diagnose(Kind kind, std::string_view body, Limits const& limits);

}  // namespace inlet::event
