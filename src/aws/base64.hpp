// base64.hpp - base64 with padding (RFC 4648, section 4), as Firehose wants its data.
// Written here because it touches every delivered byte: pairs of characters from a table of 4,096.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace inlet::aws {

void append_base64(std::string& out, std::string_view bytes);

// Errors: invalid (not what append_base64 gives).
Result<std::string> decode_base64(std::string_view text);

}  // namespace inlet::aws
