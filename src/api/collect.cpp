#include "api/collect.hpp"

#include <algorithm>
#include <utility>

#include "base/compress.hpp"
#include "http/text.hpp"

namespace inlet::api {
namespace {

using http::equal_ignoring_case;

constexpr std::size_t kKeptBufferBytes = 256 << 10;

// "application/json; charset=utf-8" -> "application/json"
std::string_view media_type(std::string_view content_type) {
    auto type = content_type.substr(0, content_type.find(';'));
    while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
    return type;
}

// The pages of this server may post to it: "Try it out" does. An attacker's page cannot choose its Origin or Host.
bool is_same_origin(http::Request const& request) {
    auto const scheme_end = request.origin.find("://");
    return scheme_end != request.origin.npos &&
           request.origin.substr(scheme_end + 3) == request.header("host");
}

IpText stored_address(IpAddress const& client, StoredAddress how) {
    if (how == StoredAddress::none) return {};
    return how == StoredAddress::full ? client.text() : client.truncated().text();
}

// A burst of large bodies must not be paid for until the end of the process.
void trim(std::string& buffer) {
    if (buffer.capacity() > kKeptBufferBytes) std::string().swap(buffer);
}

}  // namespace

Collect::Collect(Options options, Admission& admission, journal::Journal& journal,
                 http::Executor& executor, Clock& clock, Replier& replier, Stats& stats)
    : options_(std::move(options)),
      retry_after_(retry_after(options_.retry_after_s)),
      admission_(admission),
      executor_(executor),
      intake_(journal, [this, &executor] { executor.post([this] { answer_completed(); }); }),
      clock_(clock),
      replier_(replier),
      stats_(stats),
      renderer_(options_.limits) {
    if (options_.acks == nullptr) return;
    options_.acks->subscribe([this, &executor] { executor.post([this] { answer_delivered(); }); });
}

void Collect::handle(event::Kind kind, http::Request const& request, Call call) {
    stats_.received_requests.add();
    std::string_view body = request.body;
    if (!admit(request, call) || !inflate(request, call, body)) return;
    auto const address = stored_address(request.client, options_.store_address);
    event::Context const context{
        .unix_ms = request.unix_ms,
        .idempotency_key = request.header("idempotency-key"),
        .source = call.key ? std::string_view(call.key->name) : std::string_view(),
        .client_address = address};
    auto outcome = renderer_.render(kind, body, context, intake_.rows());
    switch (outcome.verdict) {
        case event::Verdict::accepted:
            return store(kind, std::move(outcome), call);
        case event::Verdict::malformed:
            return refuse(
                call, Rejection::malformed,
                {.status = 400, .detail = "The body is not JSON.", .errors = outcome.problems});
        case event::Verdict::violation:
            return refuse(
                call, Rejection::violation,
                {.status = 400,
                 .detail = "The body does not fit the contract; nothing of it was stored.",
                 .errors = outcome.problems});
        case event::Verdict::too_large:
            return refuse(call, Rejection::too_large,
                          {.status = 413,
                           .detail = "The rows would be too large; nothing of the body was stored.",
                           .errors = outcome.problems});
    }
}

// Before the body is looked at: whoever may not send is not worth the work. Notes the key in the call.
bool Collect::admit(http::Request const& request, Call& call) {
    if (!takes_connection(request, call)) return false;
    auto const [verdict, key] = admission_.admit(request, shown_);
    call.key = key;
    if (verdict == Admission::Verdict::admitted) return takes_media_type(request, call);
    refuse_admission(call, verdict);
    return false;
}

bool Collect::takes_connection(http::Request const& request, Call const& call) {
    if (!request.secure && !options_.plain_post) {
        refuse(call, Rejection::plain,
               {.status = 403,
                .detail = "This server takes data over HTTPS only. Use https:// and try again."});
        return false;
    }
    // An origin that is allowed has got its headers (Cors).
    if (request.origin.empty() || !call.cors.empty() || is_same_origin(request)) return true;
    refuse(call, Rejection::origin,
           {.status = 403, .detail = "Pages of this origin may not send data here."});
    return false;
}

bool Collect::takes_media_type(http::Request const& request, Call const& call) {
    if (request.content_type.empty() || request.content_type == "application/json") return true;
    auto const type = media_type(request.content_type);
    if (equal_ignoring_case(type, "application/json") || equal_ignoring_case(type, "text/plain"))
        return true;
    refuse(call, Rejection::unsupported_media,
           {.status = 415,
            .detail = "Content-Type must be application/json, or text/plain with JSON in it.",
            .extra_headers = "Accept-Post: application/json, text/plain\r\n"});
    return false;
}

bool Collect::inflate(http::Request const& request, Call const& call, std::string_view& body) {
    auto const encoding = request.content_encoding;
    if (encoding.empty() || equal_ignoring_case(encoding, "identity")) return true;
    if (!equal_ignoring_case(encoding, "gzip") && !equal_ignoring_case(encoding, "x-gzip")) {
        refuse(call, Rejection::unsupported_media,
               {.status = 415,
                .detail = "Content-Encoding must be gzip, or absent.",
                .extra_headers = "Accept-Encoding: gzip\r\n"});
        return false;
    }
    trim(inflated_);
    auto const inflated = inflate_gzip(request.body, options_.max_body_bytes, inflated_);
    if (!inflated && inflated.error().code == Errc::full) {
        refuse(call, Rejection::too_large,
               {.status = 413,
                .detail = "The body is larger than this server takes, once it is inflated."});
        return false;
    }
    if (!inflated) {
        refuse(call, Rejection::bad_encoding,
               {.status = 400, .detail = "The body is not the gzip it is said to be."});
        return false;
    }
    auto const size = inflated_.size();
    inflated_.append(event::kBodyPadding, '\0');
    body = std::string_view(inflated_).substr(0, size);
    return true;
}

void Collect::store(event::Kind kind, event::Outcome outcome, Call const& call) {
    stats_.warnings.add(outcome.warnings.size());
    if (outcome.rows == 0) {
        stats_.accepted_requests.add();
        return replier_.accepted(call, 0, outcome.warnings);
    }
    auto& context = call.exchange->context;
    if (!context) context = std::make_unique<Pending>();
    auto& pending = static_cast<Pending&>(*context);
    pending.call = call;
    pending.kind = kind;
    pending.rows = outcome.rows;
    pending.warnings = std::move(outcome.warnings);
    auto const queued = intake_.append(static_cast<std::uint8_t>(kind), outcome.rows, pending);
    if (!queued) refuse_journal(call, queued.error().code);
}

void Collect::turn_over() {
    intake_.submit();
    // Not at once: an answer may bring in the next request of its connection, which belongs to another turn.
    if (has_overdue()) executor_.post([this] { answer_delivered(); });
}

bool Collect::has_overdue() const {
    return std::any_of(unconfirmed_.begin(), unconfirmed_.end(), [this](auto const& waiting) {
        return !waiting.empty() && waiting.front()->ack_deadline_ms <= clock_.steady_ms();
    });
}

void Collect::answer_completed() {
    auto completed = intake_.take();
    while (auto* const waiter = completed.pop()) answer(static_cast<Pending&>(*waiter));
}

void Collect::answer(Pending& pending) {
    if (!pending.stored) return refuse_journal(pending.call, pending.error);
    if (options_.acks == nullptr) return accept(pending);
    pending.ack_deadline_ms = clock_.steady_ms() + options_.ack_timeout_ms;
    waiting_for(pending.kind).push_back(&pending);
    options_.acks->begin_wait();
    answer_delivered(pending.kind);  // the lane may have been faster than this thread
}

void Collect::answer_delivered() {
    for (auto kind : {event::Kind::track, event::Kind::alias, event::Kind::profile})
        answer_delivered(kind);
}

void Collect::answer_delivered(event::Kind kind) {
    auto& unconfirmed = waiting_for(kind);
    auto const next_seq = options_.acks->next_seq(kind);
    auto const now_ms = clock_.steady_ms();
    while (!unconfirmed.empty()) {
        auto& pending = *unconfirmed.front();
        bool const delivered = pending.last_seq < next_seq;
        if (!delivered && now_ms < pending.ack_deadline_ms) return;
        unconfirmed.pop_front();
        options_.acks->end_wait();
        if (delivered) {
            accept(pending);
            continue;
        }
        refuse(pending.call, Rejection::unconfirmed,
               {.status = 503,
                .detail = "The rows are in the journal, but their destination did not take them in "
                          "time. They "
                          "will be delivered; a retry may store them twice.",
                .extra_headers = retry_after_});
    }
}

void Collect::accept(Pending& pending) {
    stats_.accepted_requests.add();
    stats_.accepted_rows[static_cast<std::size_t>(pending.kind) - 1].add(pending.rows);
    if (pending.call.key != nullptr) pending.call.key->accepted_rows.add(pending.rows);
    replier_.accepted(pending.call, pending.rows, pending.warnings);
}

void Collect::refuse_admission(Call const& call, Admission::Verdict verdict) {
    switch (verdict) {
        case Admission::Verdict::unauthorized:
            // No challenge for Basic: browsers would ask the visitors of a page for a password.
            return refuse(
                call, Rejection::unauthorized,
                {.status = 401,
                 .detail = "A valid write key is needed: as X-Write-Key, as Bearer token, "
                           "or as user name.",
                 .extra_headers = "WWW-Authenticate: Bearer realm=\"inlet\"\r\n"});
        case Admission::Verdict::address_limited:
            return refuse(call, Rejection::address_limited,
                          {.status = 429,
                           .detail = "Too many requests from this address. Nothing was stored; try "
                                     "again later.",
                           .extra_headers = retry_after_});
        case Admission::Verdict::key_limited:
            return refuse(call, Rejection::key_limited,
                          {.status = 429,
                           .detail = "Too many requests with this write key. Nothing was stored; "
                                     "try again later.",
                           .extra_headers = retry_after_});
        case Admission::Verdict::admitted:
            break;
    }
}

void Collect::refuse(Call const& call, Rejection rejection, Problem const& problem) {
    stats_.reject(rejection);
    replier_.problem(call, problem);
}

// The one place where an error of the journal becomes a status.
void Collect::refuse_journal(Call const& call, Errc code) {
    Problem problem{.status = 503, .detail = {}, .extra_headers = retry_after_};
    auto rejection = Rejection::failing;
    switch (code) {
        case Errc::overloaded:
            rejection = Rejection::overloaded;
            problem.detail =
                "More arrives than the disk can take. Nothing was stored; try again soon.";
            break;
        case Errc::full:
            rejection = Rejection::full;
            problem.detail =
                "The journal is full, because delivery cannot keep up. Try again later.";
            break;
        case Errc::stopping:
            rejection = Rejection::stopping;
            problem.detail = "The server is shutting down. Nothing was stored; try again.";
            break;
        default:
            problem.detail =
                "The journal cannot be written. The rows may or may not be stored; a retry may "
                "store them twice.";
            break;
    }
    refuse(call, rejection, problem);
}

}  // namespace inlet::api
