// process_credentials.hpp - credential_process: a program that prints credentials as JSON.
// Bounds: a minute and 64 KiB of output, as in other AWS SDKs.
#pragma once

#include <string>
#include <string_view>

#include "aws/credentials.hpp"
#include "aws/interrupt.hpp"
#include "base/error.hpp"

namespace inlet::aws {

// Runs `command`, without a shell. Errors: invalid (the command, the output), unavailable (it failed; with the beginning
// of what it said on standard error), timeout, stopping.
Result<Credentials> run_credential_process(std::string_view command, Interrupt& interrupt);

}  // namespace inlet::aws
