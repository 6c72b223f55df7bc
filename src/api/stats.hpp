// stats.hpp - what the API counts. received requests = accepted + rejected, whatever happens.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/counter.hpp"

namespace inlet::api {

// Why a request to /track, /alias or /profile (or one that never got that far) was not accepted.
enum class Rejection : std::uint8_t {
    http,               // no request that HTTP allows, or over a limit of the listener
    plain,              // came without TLS where that is not allowed
    origin,             // from a page of an origin that is not allowed
    unauthorized,       // no valid write key
    address_limited,    // too many requests from one address
    key_limited,        // too many requests with one key
    unsupported_media,  // neither JSON nor text, or an unknown Content-Encoding
    bad_encoding,       // not the gzip it says it is
    malformed,          // no JSON
    violation,          // JSON, but not the contract
    too_large,          // inflated body, a row, or all rows
    overloaded,         // the journal's queue is full
    full,               // the journal's budget is used up
    failing,            // the journal cannot be written: outcome unknown
    stopping,           // shutting down
    unconfirmed,        // in the journal, but the sink that is waited for did not take it in time
};
inline constexpr std::size_t kRejections = 16;

constexpr std::string_view to_string(Rejection rejection) {
    constexpr std::array<std::string_view, kRejections> kNames = {"http",
                                                                  "plain",
                                                                  "origin",
                                                                  "unauthorized",
                                                                  "address_limited",
                                                                  "key_limited",
                                                                  "unsupported_media",
                                                                  "bad_encoding",
                                                                  "malformed",
                                                                  "violation",
                                                                  "too_large",
                                                                  "overloaded",
                                                                  "full",
                                                                  "failing",
                                                                  "stopping",
                                                                  "unconfirmed"};
    return kNames[static_cast<std::size_t>(rejection)];
}

struct Stats {
    Counter received_requests;
    Counter accepted_requests;
    std::array<Counter, kRejections> rejected_requests;  // by Rejection
    std::array<Counter, 3> accepted_rows;                // track, alias, profile
    Counter warnings;

    void reject(Rejection rejection) {
        rejected_requests[static_cast<std::size_t>(rejection)].add();
    }
};

}  // namespace inlet::api
