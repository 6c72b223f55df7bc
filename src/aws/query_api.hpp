// query_api.hpp - calls in the AWS query protocol: a form goes out, XML comes back (STS, CloudWatch, Auto Scaling).
// Threads: one.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "aws/client.hpp"

namespace inlet::aws {

using QueryForm = std::vector<std::pair<std::string, std::string>>;

// "Action=AssumeRole&Version=2011-06-15", in the order given.
std::string encode_form(QueryForm const& form);
Header form_type();

// A signed POST of the form.
Outcome call_query(Client& client, QueryForm const& form, std::int64_t timeout_ms);

}  // namespace inlet::aws
