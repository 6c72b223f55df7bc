#include "aws/failure.hpp"

#include <algorithm>
#include <iterator>

#include "aws/error_reply.hpp"

namespace inlet::aws {
namespace {

constexpr std::size_t kMaxMessage = 512;

struct Known {
    std::string_view code;
    Reaction reaction;
    bool outcome_unknown = false;
};

// Of Firehose, S3, STS and of the errors that all services share. The API references:
// https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecordBatch.html (with its common
// errors), https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
constexpr Known kKnown[] = {
    // Over a quota. Of Firehose ServiceUnavailableException means just that.
    {"BandwidthLimitExceeded", Reaction::throttled},
    {"LimitExceededException", Reaction::throttled},
    {"PriorRequestNotComplete", Reaction::throttled},
    {"ProvisionedThroughputExceededException", Reaction::throttled},
    {"RequestLimitExceeded", Reaction::throttled},
    {"RequestThrottled", Reaction::throttled},
    {"RequestThrottledException", Reaction::throttled},
    {"ServiceUnavailableException", Reaction::throttled},
    {"SlowDown", Reaction::throttled},
    {"ThrottledException", Reaction::throttled},
    {"Throttling", Reaction::throttled},
    {"ThrottlingException", Reaction::throttled},
    {"TooManyRequestsException", Reaction::throttled},
    // The credentials, or the clock they were used with.
    {"AuthFailure", Reaction::refresh},
    {"ExpiredToken", Reaction::refresh},
    {"ExpiredTokenException", Reaction::refresh},
    {"IncompleteSignature", Reaction::refresh},
    {"IncompleteSignatureException", Reaction::refresh},
    {"InvalidAccessKeyId", Reaction::refresh},
    {"InvalidClientTokenId", Reaction::refresh},
    {"InvalidSignatureException", Reaction::refresh},
    {"InvalidToken", Reaction::refresh},
    {"MissingAuthenticationToken", Reaction::refresh},
    {"MissingAuthenticationTokenException", Reaction::refresh},
    {"RequestExpired", Reaction::refresh},
    {"RequestInTheFuture", Reaction::refresh},
    {"RequestTimeTooSkewed", Reaction::refresh},
    {"SignatureDoesNotMatch", Reaction::refresh},
    {"TokenRefreshRequired", Reaction::refresh},
    {"UnrecognizedClientException", Reaction::refresh},
    // The request itself, whoever sends it.
    {"EntityTooLarge", Reaction::poison},
    {"InvalidArgumentException", Reaction::poison},
    {"RequestEntityTooLargeException", Reaction::poison},
    {"SerializationException", Reaction::poison},
    {"ValidationException", Reaction::poison},
    // 4xx that pass by themselves.
    {"BadDigest", Reaction::retry},
    {"ConcurrentModificationException", Reaction::retry},
    {"ConditionalRequestConflict", Reaction::retry},
    {"IncompleteBody", Reaction::retry},
    {"OperationAborted", Reaction::retry},
    {"RequestTimeout", Reaction::retry},
    {"RequestTimeoutException", Reaction::retry},
    {"XAmzContentSHA256Mismatch", Reaction::retry},
    // 5xx, also in a reply of 200 that began before the end of the work was known.
    {"InternalError", Reaction::retry, true},
    {"InternalFailure", Reaction::retry, true},
    {"InternalServerError", Reaction::retry, true},
    {"InternalServerException", Reaction::retry, true},
    {"ServiceUnavailable", Reaction::retry, true},
    // The configuration, where the status would say something else.
    {"InvalidKMSResourceException", Reaction::hold},
    {"InvalidSourceException", Reaction::hold},
    {"NotImplemented", Reaction::hold},
    {"ResourceNotFoundException", Reaction::hold},
};

Known const* find_known(std::string_view code) {
    auto const* const found = std::find_if(std::begin(kKnown), std::end(kKnown),
                                           [&](Known const& k) { return k.code == code; });
    return found == std::end(kKnown) ? nullptr : found;
}

bool is_elsewhere(int status, std::string_view code) {
    return status / 100 == 3 || code == "PermanentRedirect" || code == "TemporaryRedirect" ||
           code == "AuthorizationHeaderMalformed" || code == "IllegalLocationConstraintException";
}

Known by_status(HttpReply const& reply, std::string_view code) {
    switch (reply.status) {
        case 400:
        case 401:
        case 403:
            // A reply to HEAD has no body, so S3 cannot say that a token has expired. With a code of its
            // own it is a right that is missing; with neither somebody else answers, a proxy perhaps.
            if (code.empty() && reply.body.empty()) return {{}, Reaction::refresh};
            return {{}, Reaction::hold};
        case 408:
        case 409:
            return {{}, Reaction::retry};
        case 413:
            return {{}, Reaction::poison};
        case 429:
            return {{}, Reaction::throttled};
        case 501:
        case 505:
            return {{}, Reaction::hold};
        default:
            break;
    }
    if (reply.status / 100 == 4) return {{}, Reaction::hold};
    return {{}, Reaction::retry, true};
}

// One line of UTF-8: control characters become blanks, a character is not cut in two.
std::string one_line(std::string_view text) {
    std::string out;
    for (char const c : text.substr(0, kMaxMessage)) {
        auto const byte = static_cast<unsigned char>(c);
        bool const is_blank = byte <= ' ' || byte == 0x7f;
        if (!is_blank) out += c;
        if (is_blank && !out.empty() && out.back() != ' ') out += ' ';
    }
    if (text.size() > kMaxMessage) {
        while (!out.empty() && (static_cast<unsigned char>(out.back()) & 0xc0) == 0x80) {
            out.pop_back();
        }
        if (!out.empty() && static_cast<unsigned char>(out.back()) >= 0xc0) out.pop_back();
    }
    if (!out.empty() && out.back() == ' ') out.pop_back();
    return out;
}

std::string where_it_is(std::string_view region) {
    if (region.empty()) return "the bucket is in another region";
    return "the bucket is in another region: " + std::string(region);
}

}  // namespace

Failure classify(HttpReply const& reply) {
    ErrorReply said = read_error_reply(reply);
    Failure out;
    out.status = reply.status;
    out.code = std::move(said.code);
    out.message = one_line(said.message);
    if (is_elsewhere(reply.status, out.code)) {
        out.reaction = Reaction::hold;
        bool const says_more = said.region.empty() && reply.status / 100 != 3;
        if (!says_more) out.message = where_it_is(said.region);
        return out;
    }
    Known const* const known = find_known(out.code);
    Known const verdict = known != nullptr ? *known : by_status(reply, out.code);
    out.reaction = verdict.reaction;
    out.outcome_unknown = verdict.outcome_unknown;
    if (out.code.empty() && reply.status == 400 && !said.region.empty())
        out.message =
            "credentials that have expired, or a bucket that is not in this region but in " +
            said.region;
    return out;
}

Failure classify(Error const& error) {
    Failure out;
    bool const is_ours = error.code == Errc::invalid;  // URL, CA bundle
    out.reaction = is_ours ? Reaction::hold : Reaction::retry;
    out.outcome_unknown = may_have_arrived(error);
    out.cause = error.code;
    out.message = one_line(error.message());
    return out;
}

Error Failure::error(std::string_view doing_what) const {
    std::string context(doing_what);
    if (status != 0) context.append(": ").append(std::to_string(status));
    if (!code.empty()) context.append(" ").append(code);
    if (!message.empty()) context.append(": ").append(message);
    switch (reaction) {
        case Reaction::retry:
            break;
        case Reaction::throttled:
            return fail(Errc::overloaded, std::move(context));
        case Reaction::refresh:
        case Reaction::hold:
            return fail(Errc::rejected, std::move(context));
        case Reaction::poison:
            return fail(Errc::invalid, std::move(context));
    }
    bool const passes = cause == Errc::timeout || cause == Errc::stopping;
    return fail(passes ? cause : Errc::unavailable, std::move(context));
}

}  // namespace inlet::aws
