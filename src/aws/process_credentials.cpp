#include "aws/process_credentials.hpp"

#include "aws/child_process.hpp"
#include "aws/command_line.hpp"
#include "aws/credential_document.hpp"
#include "aws/credential_fields.hpp"

namespace inlet::aws {
namespace {

constexpr std::size_t kShownBytes = 500;

Error because(Error const& error, Errc code) {
    return {code, error.sys_errno, "credential_process: " + error.context};
}

}  // namespace

Result<Credentials> run_credential_process(std::string_view command, Interrupt& interrupt) {
    auto const arguments = split_command(command);
    if (!arguments) return because(arguments.error(), Errc::invalid);
    auto const result = run_child(arguments.value(), {}, interrupt);
    if (!result) return because(result.error(), result.error().code);
    auto const& child = result.value();
    if (child.exit_code != 0) {
        return fail(Errc::unavailable, "credential_process: " + arguments.value()[0] +
                                           " ended with status " + std::to_string(child.exit_code) +
                                           ": " + printable(child.error_output, kShownBytes));
    }
    return read_process_document(child.output, "credential_process");
}

}  // namespace inlet::aws
