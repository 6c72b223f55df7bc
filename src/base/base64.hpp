// base64.hpp - base64 with padding (RFC 4648, section 4), as Firehose and HTTP want it.
// Written here because every byte for Firehose passes: pairs of characters from a table of 4,096.
#pragma once

#include <string>
#include <string_view>

#include "base/error.hpp"

namespace inlet {

void append_base64(std::string& out, std::string_view bytes);

// Replaces `out`, whose memory is used again. Errors: invalid (not what append_base64 gives).
Result<void> decode_base64(std::string_view text, std::string& out);

}  // namespace inlet
