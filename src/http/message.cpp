#include "http/message.hpp"

#include "http/text.hpp"

namespace inlet::http {

std::string_view Request::header(std::string_view name) const {
    for (Header const& h : headers) {
        if (equal_ignoring_case(h.name, name)) return h.value;
    }
    return {};
}

}  // namespace inlet::http
