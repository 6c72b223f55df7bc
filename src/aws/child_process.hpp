// child_process.hpp - runs a program to its end and takes what it writes.
// Threads: any; the interrupt ends the wait.
// Errors:  not_found or io (it could not be started), timeout, full (it wrote more than allowed), stopping.
//          After any of them the program and what it started have been killed.
// Bounds:  the output, the kept part of standard error, and the time.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "aws/interrupt.hpp"
#include "base/error.hpp"

namespace inlet::aws {

struct ChildLimits {
    std::int64_t deadline_ms = 60'000;
    std::size_t max_output_bytes = 64 << 10;
    std::size_t kept_error_bytes = 4 << 10;  // the rest is read and dropped
};

struct ChildResult {
    int exit_code = 0;  // 128 + the signal, if one ended it
    std::string output = {};
    std::string error_output = {};
};

// `arguments[0]` is looked for in PATH. Standard input is empty, the environment is ours.
// REQUIRES: `arguments` is not empty.
Result<ChildResult> run_child(std::vector<std::string> const& arguments, ChildLimits const& limits,
                              Interrupt& interrupt);

}  // namespace inlet::aws
