#include "aws/s3_api.hpp"

#include <utility>

#include "aws/s3_xml.hpp"
#include "base/check.hpp"
#include "base/crc32c.hpp"

namespace inlet::aws {
namespace {

constexpr int kPartAttempts = 3;
// A thousand keys of 1,024 bytes, each byte as %XX, with what stands around them.
constexpr std::size_t kMaxListReply = 8 << 20;
// A completion answers after the parts have been joined, which "can take several minutes" (Amazon
// S3 API Reference, CompleteMultipartUpload).
constexpr std::int64_t kCompleteTimeoutMs = 300'000;
constexpr std::int64_t kTransferTimeoutMs = 120'000;
// Nobody waits long for an upload that is given up.
constexpr std::int64_t kAbortTimeoutMs = 10'000;

// As x-amz-checksum-crc32c wants it: four bytes, the highest first, in base64.
std::string checksum_text(std::string_view body) {
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    // 32 bits and four that fill the last of six digits.
    auto const bits = static_cast<std::uint64_t>(crc32c(body)) << 4;
    std::string text;
    for (int shift = 30; shift >= 0; shift -= 6) text += kAlphabet[(bits >> shift) & 63];
    return text + "==";
}

bool is_success(int status) {
    return status >= 200 && status < 300;
}

// What means something else here than it does to all services.
Failure adjusted(Failure failure) {
    // No row is to blame for what becomes of an object.
    if (failure.reaction == Reaction::poison) failure.reaction = Reaction::hold;
    // Two writers at one key: "the operation should be retried" (Amazon S3 User Guide,
    // "Conditional writes").
    if (failure.status == 409) failure.reaction = Reaction::retry;
    // The upload was given up meanwhile, or is complete already: the next attempt begins a new one.
    if (failure.code == "NoSuchUpload") failure.reaction = Reaction::retry;
    return failure;
}

}  // namespace

S3Api::S3Api(Client& client, S3Bucket bucket) : client_(client), bucket_(std::move(bucket)) {}

Call S3Api::call_for(std::string method, std::string_view key) const {
    Call call;
    call.method = std::move(method);
    call.path = "/";
    if (bucket_.path_style) {
        call.path += bucket_.name;
        if (!key.empty()) call.path += '/';
    } else {
        call.host_prefix = bucket_.name + ".";
    }
    call.path += key;
    return call;
}

Outcome S3Api::send(Call const& call) {
    ++requests_;
    return client_.call(call);
}

Error S3Api::failed(Operation const& what, Failure failure) const {
    failure = adjusted(std::move(failure));
    std::string doing = std::string(what.name) + " s3://" + bucket_.name;
    if (!what.key.empty()) doing += "/" + std::string(what.key);
    auto error = failure.error(doing);
    // A HEAD is refused without a body, hence without a code.
    bool const no_right = failure.code == "AccessDenied" || failure.code.empty();
    if (failure.status == 403 && no_right) {
        error.context += " (needs the right " + std::string(what.right);
        error.context += ", and rights on the key if the bucket is encrypted with one of KMS)";
    }
    if (failure.status == 301 || failure.code == "AuthorizationHeaderMalformed")
        error.context += " (aws.region is " + client_.service().region + ")";
    return error;
}

Error S3Api::unreadable(Operation const& what) const {
    Failure failure;
    failure.outcome_unknown = true;
    failure.status = 200;
    failure.message = "a reply that cannot be understood";
    return failed(what, std::move(failure));
}

Result<HttpReply> S3Api::ask(Operation const& what, Call const& call, int attempts) {
    for (;;) {
        auto outcome = send(call);
        if (outcome && is_success(outcome.value().status)) return std::move(outcome).value();
        auto failure = outcome ? classify(outcome.value()) : std::move(outcome).error();
        bool const again = failure.reaction == Reaction::retry && --attempts > 0;
        if (!again) return failed(what, std::move(failure));
    }
}

Result<std::pair<S3Api::Written, HttpReply>> S3Api::write(Operation const& what, Call const& call) {
    auto outcome = send(call);
    if (!outcome) return failed(what, std::move(outcome).error());
    auto& reply = outcome.value();
    if (reply.status == 412) return std::pair(Written::key_taken, HttpReply());
    if (!is_success(reply.status)) return failed(what, classify(reply));
    return std::pair(Written::created, std::move(reply));
}

Result<S3Api::Written> S3Api::put_object(std::string const& key, std::string_view body,
                                         std::vector<Header> headers) {
    auto call = call_for("PUT", key);
    call.headers = std::move(headers);
    call.headers.push_back({"if-none-match", "*"});
    call.headers.push_back({"x-amz-checksum-crc32c", checksum_text(body)});
    call.body = body;
    call.timeout_ms = kTransferTimeoutMs;
    TRY(auto written, write({"PutObject", "s3:PutObject", key}, call));
    return written.first;
}

Result<std::optional<HttpReply>> S3Api::head_object(std::string const& key) {
    Operation const what = {"HeadObject", "s3:GetObject", key};
    auto outcome = send(call_for("HEAD", key));
    if (!outcome) return failed(what, std::move(outcome).error());
    if (outcome.value().status == 404) return std::optional<HttpReply>();
    if (!is_success(outcome.value().status)) return failed(what, classify(outcome.value()));
    return std::optional(std::move(outcome).value());
}

Result<std::string> S3Api::get_range(std::string const& key, std::uint64_t offset,
                                     std::size_t size) {
    CHECK(size > 0);
    Operation const what = {"GetObject", "s3:GetObject", key};
    auto call = call_for("GET", key);
    call.headers.push_back(
        {"range", "bytes=" + std::to_string(offset) + "-" + std::to_string(offset + size - 1)});
    call.timeout_ms = kTransferTimeoutMs;
    // Errors have bodies too.
    call.max_reply_bytes = std::max<std::size_t>(size, 64 * 1024);
    TRY(auto reply, ask(what, call, kPartAttempts));
    if (reply.body.size() != size) return unreadable(what);
    return std::move(reply.body);
}

Result<S3Page> S3Api::list_objects(std::string const& prefix, std::string const& token) {
    Operation const what = {"ListObjectsV2", "s3:ListBucket", {}};
    auto call = call_for("GET", {});
    // Keys may hold characters that no XML can; so they come encoded.
    call.query = {{"list-type", "2"}, {"encoding-type", "url"}, {"prefix", prefix}};
    if (!token.empty()) call.query.emplace_back("continuation-token", token);
    call.max_reply_bytes = kMaxListReply;
    TRY(auto const reply, ask(what, call, kPartAttempts));
    auto page = read_object_list(reply.body);
    if (!page || (page->next == token && !token.empty())) return unreadable(what);
    return *std::move(page);
}

Result<std::string> S3Api::create_multipart(std::string const& key, std::vector<Header> headers) {
    Operation const what = {"CreateMultipartUpload", "s3:PutObject", key};
    auto call = call_for("POST", key);
    call.query = {{"uploads", ""}};
    call.headers = std::move(headers);
    call.headers.push_back({"x-amz-checksum-algorithm", "CRC32C"});
    TRY(auto const reply, ask(what, call));
    auto upload_id = read_upload_id(reply.body);
    if (!upload_id || upload_id->empty()) return unreadable(what);
    return *std::move(upload_id);
}

Result<S3Part> S3Api::upload_part(std::string const& key, std::string const& upload_id, int number,
                                  std::string_view body) {
    Operation const what = {"UploadPart", "s3:PutObject", key};
    if (number > kMaxParts) return fail(Errc::invalid, key + ": too long for 10,000 parts");
    S3Part part = {number, {}, checksum_text(body)};
    auto call = call_for("PUT", key);
    call.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload_id}};
    call.headers.push_back({"x-amz-checksum-crc32c", part.checksum});
    call.body = body;
    call.timeout_ms = kTransferTimeoutMs;
    TRY(auto const reply, ask(what, call, kPartAttempts));
    part.etag = reply.header("etag");
    if (part.etag.empty()) return unreadable(what);
    return part;
}

Result<S3Api::Written> S3Api::complete_multipart(std::string const& key,
                                                 std::string const& upload_id,
                                                 std::vector<S3Part> const& parts) {
    Operation const what = {"CompleteMultipartUpload", "s3:PutObject", key};
    auto const body = completion_xml(parts);
    auto call = call_for("POST", key);
    call.query = {{"uploadId", upload_id}};
    call.headers = {{"content-type", "application/xml"}, {"if-none-match", "*"}};
    call.body = body;
    call.timeout_ms = kCompleteTimeoutMs;
    TRY(auto written, write(what, call));
    if (written.first == Written::key_taken) return Written::key_taken;
    // The status is sent before the work is done, so 200 may come with an error (API Reference).
    if (is_completion(written.second.body)) return Written::created;
    written.second.status = 500;
    auto failure = classify(written.second);
    failure.outcome_unknown = true;
    if (failure.code == "PreconditionFailed") return Written::key_taken;
    return failed(what, std::move(failure));
}

Result<void> S3Api::abort_multipart(std::string const& key, std::string const& upload_id) {
    auto call = call_for("DELETE", key);
    call.query = {{"uploadId", upload_id}};
    call.timeout_ms = kAbortTimeoutMs;
    Operation const what = {"AbortMultipartUpload", "s3:AbortMultipartUpload", key};
    auto outcome = send(call);
    if (!outcome) return failed(what, std::move(outcome).error());
    // Not there: completed after all, or given up before.
    int const status = outcome.value().status;
    if (is_success(status) || status == 404) return success();
    return failed(what, classify(outcome.value()));
}

}  // namespace inlet::aws
