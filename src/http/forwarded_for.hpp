// forwarded_for.hpp - which client a request came from when proxies stand between: the right-most
// address of X-Forwarded-For that is no trusted proxy. What stands left of it was written by that
// client, who may write anything.
#pragma once

#include <span>
#include <vector>

#include "base/ip_address.hpp"
#include "base/ip_network.hpp"
#include "http/message.hpp"

namespace inlet::http {

// REQUIRES: `peer` is a trusted proxy. Several header lines are one list (RFC 9110, 5.3). A hop that
// is no address ends the search at the proxy that wrote it. Bounds: 32 hops are looked at.
IpAddress forwarded_client(IpAddress const& peer, std::span<Header const> headers,
                           std::vector<IpNetwork> const& trusted);

}  // namespace inlet::http
