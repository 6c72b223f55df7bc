// pages.hpp - what GET serves on the public listener: the embedded pages, and files for ACME
// http-01 challenges.
// Threads:    one per io thread.
// Bounds:     a challenge file is at most 4 KiB, its name only [A-Za-z0-9_-] (RFC 8555, 8.3).
#pragma once

#include <string>

#include "api/reply.hpp"
#include "base/file.hpp"
#include "http/message.hpp"

namespace inlet::api {

class Pages {
  public:
    // `acme_webroot` "": no challenges are served.
    Pages(FileSystem& fs, bool ui, std::string acme_webroot, Replier& replier);

    // Whether a GET of this path is for here; `handle` answers it.
    [[nodiscard]] bool knows(std::string_view path) const;
    void handle(http::Request const& request, Call const& call);

  private:
    void challenge(std::string_view path, Call const& call);

    FileSystem& fs_;
    bool const ui_;
    std::string const acme_webroot_;
    Replier& replier_;
    std::string headers_;
    std::string inflated_;
};

}  // namespace inlet::api
