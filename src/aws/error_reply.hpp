// error_reply.hpp - what a service says in the body of an error reply, whichever shape it has.
// Threads: any.
#pragma once

#include <string>

#include "aws/http_client.hpp"

namespace inlet::aws {

// Empty where it says nothing, or nothing that we can read.
struct ErrorReply {
    std::string code;     // "ResourceNotFoundException", without a namespace
    std::string message;  // as it came: any length, any bytes
    std::string region;   // of the bucket, as S3 says when it is another one
};

ErrorReply read_error_reply(HttpReply const& reply);

}  // namespace inlet::aws
