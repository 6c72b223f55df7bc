// endpoint.hpp - where the services of AWS are, and URLs that say otherwise.
// Threads: any.
#pragma once

#include <string>
#include <string_view>

#include "aws/client.hpp"
#include "base/error.hpp"

namespace inlet::aws {

// "http://127.0.0.1:4566/base". Errors: invalid: another scheme, no host, a user, a query.
Result<Endpoint> parse_endpoint(std::string_view url);

// "eu-central-1": what may stand in the name of a host.
bool is_region(std::string_view text);

// REQUIRES: is_region(region).
Endpoint aws_endpoint(std::string_view service, std::string_view region, bool use_fips,
                      bool use_dual_stack);

}  // namespace inlet::aws
