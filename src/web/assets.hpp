// assets.hpp - the pages that are part of the program: landing page, Swagger UI, openapi.json.
// They are packed by web/build.mjs while the program is built; see there for the list.
// Threads:    any; everything is constant.
// Ownership:  every view is valid for the life of the process.
// Bounds:     about 0.5 MB of gzip, kept only in that form. For a client that does not accept gzip,
//             inflate an asset (base/compress.hpp) to exactly `plain_size` bytes.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace inlet::web {

struct Asset {
    std::string_view path;          // "/ui/", "/landing.css"
    std::string_view content_type;  // with its charset
    std::string_view gzip;          // one gzip member
    std::size_t plain_size;
    // A hash of the plain bytes, quotes included. It is weak (RFC 9110 section 8.8.1) because the
    // gzip'ed and the plain form share it; If-None-Match compares weakly in any case.
    std::string_view etag;
};

// Content-Security-Policy of every asset: code, styles and requests only from and to this very
// origin, nothing inline. "data:" is for the icons in swagger-ui.css.
inline constexpr std::string_view kContentSecurityPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// The asset that stands at exactly this path, or nullptr.
Asset const* find(std::string_view path);

// All of them.
std::span<Asset const> all();

}  // namespace inlet::web
