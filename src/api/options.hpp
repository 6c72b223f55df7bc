// options.hpp - what of the API can be configured. The keys are in config/key_table.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace inlet::api {

// When a client gets its 200.
enum class Ack : std::uint8_t {
    journal,  // after the group commit: the rows have survived fdatasync here
    sink,     // after that, and after the sink named by ack_sink has them as well
};

struct ApiOptions {
    // "*", or origins such as "https://www.example.com". None: no CORS headers at all.
    std::vector<std::string> cors_origins = {"*"};
    bool ui = true;            // serve /ui/, /openapi.json and the landing page
    std::string acme_webroot;  // folder behind /.well-known/acme-challenge/; "": none
    bool access_log = false;   // one line per request, without ids or bodies
    bool plain_post = true;    // false: a POST that came without TLS gets 403
    Ack ack = Ack::journal;
    std::string ack_sink;                  // name of a sink; only with Ack::sink
    std::int64_t ack_timeout_ms = 10'000;  // then 503, outcome unknown; only with Ack::sink
    std::int64_t retry_after_s = 5;        // Retry-After of 429 and 503
};

}  // namespace inlet::api
