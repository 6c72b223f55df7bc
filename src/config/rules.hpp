// rules.hpp - what must hold between keys; what concerns one key alone is in its table row.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/config.hpp"

namespace inlet::config {

struct Violation {
    std::vector<std::string_view> keys;  // that the user may change, the likeliest first
    std::string reason;
};

// `has_inherited_sockets`: the service manager passes listening sockets, so none need be opened.
std::vector<Violation> broken_rules(Config const& config, bool has_inherited_sockets);

}  // namespace inlet::config
