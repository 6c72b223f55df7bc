// listener.hpp - opens listening sockets.
// Errors: invalid (no numeric address with a port), io (address in use, no permission ...).
#pragma once

#include <string>

#include "base/error.hpp"

namespace inlet::http {

// "127.0.0.1:8080", "[::1]:8080"; port 0 picks a free one. "[::]" is IPv6 only: name "0.0.0.0" as
// well for both. With `shared` further sockets of this process may be opened for the same address,
// and the kernel spreads the connections over them: call check_address_is_free() before the first
// one. Returns a non-blocking descriptor, which the caller closes.
Result<int> open_listener(std::string const& address, bool shared);

// An error if any socket listens there: SO_REUSEPORT alone would silently share with another
// process.
Result<void> check_address_is_free(std::string const& address);

// Another descriptor of the same listening socket, made non-blocking.
Result<int> inherit_listener(int fd);

// The address a socket is bound to, in the form above; "unix:PATH" for a socket file.
std::string bound_address(int fd);

}  // namespace inlet::http
