// unix_listener.hpp - a listening socket that is a file: who may connect is a matter of the file's
// owner, group and mode (unix(7)), which is 0660 here, whatever the umask.
// Errors: invalid (a path longer than sockaddr_un takes), exists (another process listens there),
//         io (no permission, no folder, a file that is no socket ...).
#pragma once

#include <string>

#include "base/error.hpp"

namespace inlet::http {

// "unix:/run/inlet/admin.sock"
inline constexpr std::string_view kUnixPrefix = "unix:";
inline bool is_unix_address(std::string_view address) {
    return address.starts_with(kUnixPrefix);
}

// REQUIRES: is_unix_address(address). A socket file that nobody listens on any more, from an unclean
// end, is replaced. Returns a non-blocking descriptor, which the caller closes.
Result<int> open_unix_listener(std::string const& address);

void remove_socket_file(std::string const& address);

}  // namespace inlet::http
