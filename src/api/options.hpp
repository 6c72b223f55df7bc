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

// How much of a client's address becomes a member of its rows.
enum class StoredAddress : std::uint8_t {
    none,       // nothing of it reaches the journal
    truncated,  // /24 of IPv4, /48 of IPv6
    full,
};

// How many requests, for each of those that are told apart.
struct RateOptions {
    std::uint64_t per_second = 0;  // in the long run; 0: no limit
    std::uint64_t burst = 0;       // at once, after a pause; 0: as many as per_second
};

struct ApiOptions {
    // "*", or origins such as "https://www.example.com". None: no CORS headers, and a POST that names
    // another origin is refused.
    std::vector<std::string> cors_origins = {"*"};
    bool ui = true;            // serve /ui/, /openapi.json and the landing page
    std::string acme_webroot;  // folder behind /.well-known/acme-challenge/; "": none
    bool access_log = false;   // one line per request, without ids or bodies
    bool plain_post = true;    // false: a POST that came without TLS gets 403
    Ack ack = Ack::journal;
    std::string ack_sink;                  // name of a sink; only with Ack::sink
    std::int64_t ack_timeout_ms = 10'000;  // then 503, outcome unknown; only with Ack::sink
    std::int64_t retry_after_s = 5;        // Retry-After of 429 and 503
    StoredAddress store_address = StoredAddress::none;
    std::vector<std::string> write_keys;  // "NAME:KEY"; none, and no file: nobody is asked for one
    std::string write_keys_file;          // the same, one a line; "": none
    RateOptions address_rate;             // of each client address
    RateOptions key_rate;                 // of each write key
    std::string admin_token;              // for the admin listener; "": none is asked for
    std::string admin_token_file;         // the same in a file; "": none
};

}  // namespace inlet::api
