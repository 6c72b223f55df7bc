// serve.hpp - `inlet serve`: runs until SIGTERM or SIGINT.
#pragma once

#include "config/config.hpp"

namespace inlet::app {

// Exit status of the process: 0 stopped as asked, 1 could not start.
int serve(config::Config config, bool banner);

}  // namespace inlet::app
