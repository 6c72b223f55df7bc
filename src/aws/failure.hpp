// failure.hpp - why a call did not succeed, and what to do about it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "aws/http_client.hpp"
#include "base/error.hpp"

namespace inlet::aws {

enum class Reaction : std::uint8_t {
    retry,      // soon: the network or the service had a fault
    throttled,  // later and slower: over a quota
    refresh,    // the credentials were refused, also fresh ones: retry slowly, tell somebody
    hold,       // the configuration is wrong (stream, bucket, right, key): somebody must act
    poison,     // this very request will never be taken
};

struct Failure {
    Reaction reaction = Reaction::retry;
    bool outcome_unknown = false;    // the service may have carried the request out
    int status = 0;                  // of HTTP; 0: there was no reply
    std::string code = {};           // the service's own: "ResourceNotFoundException"
    std::string message = {};        // one line, at most 512 bytes
    Errc cause = Errc::unavailable;  // without a reply: why; timeout and stopping reach the pump

    // As the pump takes it: unavailable, timeout or stopping; overloaded, rejected (refresh and hold),
    // invalid.
    [[nodiscard]] Error error(std::string_view doing_what) const;
};

using Outcome =
    boost::outcome_v2::basic_result<HttpReply, Failure, boost::outcome_v2::policy::terminate>;

// What an error reply of a service means. Both shapes are understood: JSON with __type (Firehose, STS's JSON) and
// XML with Code (S3, STS); a reply that is neither is judged by its status.
Failure classify(HttpReply const& reply);
// The same for a request that got no reply.
Failure classify(Error const& error);

}  // namespace inlet::aws
