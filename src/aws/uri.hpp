// uri.hpp - percent-encoding as AWS signs it: all but letters, digits and - . _ ~ (RFC 3986, 2.3).
// Threads: any.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace inlet::aws {

enum class Slash : std::uint8_t { encode, keep };

// Appends `text`, every byte encoded once.
void append_encoded(std::string& out, std::string_view text, Slash slash);
std::string encoded(std::string_view text, Slash slash);

using QueryItems = std::vector<std::pair<std::string, std::string>>;

// "a=1&b&b=2": encoded, in the order of signing, so that what is sent and what is signed look alike.
// An item without value has no '='.
std::string query_string(QueryItems const& items);

}  // namespace inlet::aws
