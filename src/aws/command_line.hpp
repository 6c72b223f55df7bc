// command_line.hpp - a command as one text, taken apart into its arguments as a POSIX shell would, but without one:
// quotes and backslashes count, nothing is expanded, | ; > and $ are characters like others.
// Threads: any.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.hpp"

namespace inlet::aws {

// Errors: invalid: an open quote, a backslash at the end, no argument at all, a NUL.
Result<std::vector<std::string>> split_command(std::string_view command);

}  // namespace inlet::aws
