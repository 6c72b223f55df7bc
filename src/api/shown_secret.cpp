#include "api/shown_secret.hpp"

#include "base/base64.hpp"
#include "http/text.hpp"

namespace inlet::api {
namespace {

// Base64 of the longest user name, a colon and some password.
constexpr std::size_t kMaxBasicBytes = 1024;

// The credentials behind a scheme (any case; RFC 9110, 11.1), or an empty view.
std::string_view behind_scheme(std::string_view value, std::string_view scheme) {
    if (value.size() <= scheme.size() || value[scheme.size()] != ' ') return {};
    if (!http::equal_ignoring_case(value.substr(0, scheme.size()), scheme)) return {};
    value.remove_prefix(scheme.size());
    while (value.starts_with(' ')) value.remove_prefix(1);
    return value;
}

}  // namespace

Secret shown_secret(http::Request const& request, std::string& scratch) {
    if (!request.write_key.empty()) return Secret(request.write_key);
    if (auto const token = behind_scheme(request.authorization, "bearer"); !token.empty())
        return Secret(token);
    auto const basic = behind_scheme(request.authorization, "basic");
    if (basic.empty() || basic.size() > kMaxBasicBytes || !decode_base64(basic, scratch)) return {};
    auto const colon = scratch.find(':');
    if (colon == scratch.npos) return {};
    return Secret(std::string_view(scratch).substr(0, colon));
}

}  // namespace inlet::api
