#include "aws/client.hpp"

#include <algorithm>
#include <cstdlib>

#include "aws/http_date.hpp"
#include "aws/uri.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "base/sha256.hpp"

namespace inlet::aws {
namespace {

// Services take signatures that are up to 5 minutes off (S3: 15). Below this it is not the clock, as the
// AWS tools see it too.
constexpr std::int64_t kMinSkewMs = 4 * 60 * 1000;

bool is_answer(int status) {
    return status / 100 == 2 || status == 304 || status == 404 || status == 412;
}

Outcome judge(Result<HttpReply> reply) {
    if (!reply) return classify(reply.error());
    if (!is_answer(reply.value().status)) return classify(reply.value());
    return std::move(reply).value();
}

bool is_refused(Outcome const& outcome) {
    return !outcome && outcome.error().reaction == Reaction::refresh;
}

bool may_be_clock(Failure const& failure) {
    static constexpr std::string_view kCodes[] = {
        "RequestTimeTooSkewed",      "RequestExpired",        "RequestInTheFuture",
        "InvalidSignatureException", "SignatureDoesNotMatch",
    };
    return std::find(std::begin(kCodes), std::end(kCodes), failure.code) != std::end(kCodes);
}

Failure no_credentials(Error const& error) {
    Failure out = classify(error);
    out.outcome_unknown = false;  // nothing was sent
    if (error.code != Errc::stopping) out.reaction = Reaction::refresh;
    return out;
}

std::string hex_sha256(std::string_view text) {
    auto const digest = sha256(text);
    return to_hex({reinterpret_cast<char const*>(digest.data()), digest.size()});
}

}  // namespace

struct Client::Tries {
    std::span<Call const> calls;
    std::vector<std::size_t> to_send;  // indices of `calls`
    std::vector<std::optional<Outcome>> outcomes;
    std::optional<std::int64_t> service_ms;  // the Date of a reply that may blame our clock
};

Client::Client(Service service, CredentialSource& credentials, HttpClient& http, Clock& clock)
    : service_(std::move(service)),
      credentials_(credentials),
      http_(http),
      clock_(clock),
      signer_({service_.region, service_.signing_name}) {}

Outcome Client::call(Call const& call) {
    return std::move(call_all({&call, 1}).front());
}

void Client::cancel() {
    http_.cancel();
    credentials_.stop_waiting();
}

std::vector<Outcome> Client::call_all(std::span<Call const> calls) {
    Tries tries{calls, {}, std::vector<std::optional<Outcome>>(calls.size()), std::nullopt};
    for (std::size_t i = 0; i < calls.size(); ++i) tries.to_send.push_back(i);
    bool may_correct_clock = true;
    bool may_refresh = true;
    while (!tries.to_send.empty()) {
        auto const credentials = credentials_.get();
        if (!credentials) {
            for (std::size_t const i : tries.to_send) {
                // A refusal that we have says more than that there is nothing new.
                if (!tries.outcomes[i])
                    tries.outcomes[i].emplace(no_credentials(credentials.error()));
            }
            break;
        }
        send(tries, credentials.value());
        if (tries.to_send.empty()) break;
        if (may_correct_clock && correct_clock(tries)) {
            may_correct_clock = false;
        } else if (may_refresh) {
            may_refresh = false;
            credentials_.refused(credentials.value());
        } else {
            break;
        }
    }
    std::vector<Outcome> outcomes;
    outcomes.reserve(calls.size());
    for (auto& outcome : tries.outcomes) outcomes.push_back(std::move(*outcome));
    return outcomes;
}

// Sends what is to be sent; afterwards `to_send` names those whose credentials were refused.
void Client::send(Tries& tries, Credentials const& credentials) {
    std::vector<HttpRequest> requests;
    requests.reserve(tries.to_send.size());
    for (std::size_t const i : tries.to_send) {
        requests.push_back(to_request(tries.calls[i], credentials));
    }
    auto replies = http_.send_all(requests);
    std::vector<std::size_t> refused;
    tries.service_ms.reset();
    for (std::size_t n = 0; n < replies.size(); ++n) {
        std::size_t const i = tries.to_send[n];
        auto const date = replies[n] ? parse_http_date(replies[n].value().header("date"))
                                     : std::optional<std::int64_t>();
        Outcome outcome = judge(std::move(replies[n]));
        if (is_refused(outcome)) {
            refused.push_back(i);
            if (date && may_be_clock(outcome.error())) tries.service_ms = date;
        }
        tries.outcomes[i].emplace(std::move(outcome));
    }
    tries.to_send = std::move(refused);
}

bool Client::correct_clock(Tries const& tries) {
    if (!tries.service_ms) return false;
    std::int64_t const skew_ms = *tries.service_ms - clock_.unix_ms();
    if (std::abs(skew_ms - skew_ms_) <= kMinSkewMs) return false;
    skew_ms_ = skew_ms;
    log::warn("the clocks of this host and of AWS differ: requests are signed with the time of AWS",
              {{"service", service_.signing_name}, {"seconds", skew_ms / 1000}});
    return true;
}

HttpRequest Client::to_request(Call const& call, Credentials const& credentials) {
    std::string const host = call.host_prefix + service_.endpoint.host;
    std::string path = service_.endpoint.path;
    append_encoded(path, call.path, Slash::keep);
    std::string const query = query_string(call.query);
    std::string const sha256 =
        call.body_sha256.empty() ? hex_sha256(call.body) : std::string(call.body_sha256);

    HttpRequest out;
    out.method = call.method;
    out.url = service_.endpoint.scheme + "://" + host + path;
    if (!query.empty()) out.url.append("?").append(query);
    out.headers = call.headers;
    out.body = call.body;
    out.timeout_ms = call.timeout_ms;
    out.max_reply_bytes = call.max_reply_bytes;
    Unsigned const request{call.method, host, path, query, out.headers, sha256};
    auto added = signer_.sign(request, credentials, clock_.unix_ms() + skew_ms_);
    out.headers.insert(out.headers.end(), std::make_move_iterator(added.begin()),
                       std::make_move_iterator(added.end()));
    return out;
}

}  // namespace inlet::aws
