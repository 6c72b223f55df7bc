// refusal.hpp - why the session itself turns a request down; status 0 means that it does not.
#pragma once

#include <string_view>

namespace inlet::http {

struct Refusal {
    unsigned status = 0;
    std::string_view detail = {};  // static text for a person

    explicit operator bool() const { return status != 0; }
};

}  // namespace inlet::http
