// cors.hpp - which pages in browsers may post here (Fetch standard, "CORS protocol").
// Only requests that name an Origin get these headers: servers and phones do not pay for them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace inlet::api {

class Cors {
  public:
    // "*" allows every origin. None at all: no page of another origin may post or read a reply.
    explicit Cors(std::vector<std::string> origins);

    // The header lines of a reply to a request from `origin`; valid as long as this object.
    [[nodiscard]] std::string_view headers(std::string_view origin) const;
    // The same for the answer to a preflight.
    [[nodiscard]] std::string_view preflight_headers(std::string_view origin) const;

  private:
    struct Allowed {
        std::string origin;
        std::string headers;
        std::string preflight;
    };
    [[nodiscard]] Allowed const* find(std::string_view origin) const;

    std::vector<Allowed> allowed_;
};

}  // namespace inlet::api
