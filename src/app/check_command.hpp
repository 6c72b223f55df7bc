// check_command.hpp - `inlet check`: tries what the AWS sinks need, with the rights that they need and no more, and says
// in words what is missing. It sends one empty record to each stream, which adds nothing to the lake, and writes the
// object raw/_inlet-check, which readers pass over.
// Exit status: 0 all is there, 1 something is missing or could not be asked, 2 the configuration is wrong.
#pragma once

#include "base/clock.hpp"
#include "config/config.hpp"

namespace inlet::app {

int check(config::Config const& config, Clock& clock);

}  // namespace inlet::app
