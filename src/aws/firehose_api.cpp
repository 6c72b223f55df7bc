#include "aws/firehose_api.hpp"

#include <algorithm>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "base/base64.hpp"
#include "base/check.hpp"

namespace inlet::aws {
namespace {

constexpr std::string_view kTarget = "Firehose_20150804.PutRecordBatch";
constexpr std::string_view kContentType = "application/x-amz-json-1.1";
constexpr std::string_view kBeforeData = R"({"Data":")";
constexpr std::size_t kMaxNameBytes = 64;

RecordFate fate_of(boost::json::value const& response) {
    auto const* object = response.if_object();
    if (object == nullptr) return RecordFate::failed;
    auto const* code = object->if_contains("ErrorCode");
    if (code == nullptr || code->is_null())
        return object->if_contains("RecordId") ? RecordFate::accepted : RecordFate::failed;
    auto const* text = code->if_string();
    bool const throttled = text != nullptr && (*text == "ServiceUnavailableException" ||
                                               *text == "ThrottlingException");
    return throttled ? RecordFate::throttled : RecordFate::failed;
}

class Api final : public FirehoseApi {
  public:
    Api(Service service, CredentialSource& credentials, std::unique_ptr<HttpClient> http,
        Clock& clock)
        : http_(std::move(http)), client_(std::move(service), credentials, *http_, clock) {}

    std::vector<PutOutcome> put(std::span<PutRecordBatch const* const> batches) override {
        std::vector<Call> calls;
        for (auto const* batch : batches) {
            Call call;
            call.headers = {{"content-type", std::string(kContentType)},
                            {"x-amz-target", std::string(kTarget)}};
            call.body = batch->body();
            calls.push_back(std::move(call));
        }
        auto const replies = client_.call_all(calls);
        std::vector<PutOutcome> outcomes;
        for (std::size_t i = 0; i < replies.size(); ++i) {
            if (!replies[i])
                outcomes.emplace_back(replies[i].error());
            else
                outcomes.push_back(parse_put_reply(replies[i].value(), batches[i]->records()));
        }
        return outcomes;
    }

    void cancel() override { client_.cancel(); }

  private:
    std::unique_ptr<HttpClient> http_;
    Client client_;
};

}  // namespace

bool is_delivery_stream_name(std::string_view name) {
    return !name.empty() && name.size() <= kMaxNameBytes &&
           std::all_of(name.begin(), name.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '_' || c == '-' || c == '.';
           });
}

void PutRecordBatch::begin(std::string_view stream) {
    CHECK(is_delivery_stream_name(stream));
    body_ = R"({"DeliveryStreamName":")";
    body_.append(stream).append(R"(","Records":[)");
    sizes_.clear();
    places_.clear();
    raw_bytes_ = 0;
}

void PutRecordBatch::add(std::string_view record) {
    CHECK(record.size() <= kMaxRecordBytes && sizes_.size() < kMaxCallRecords);
    if (!sizes_.empty()) body_ += ',';
    body_ += kBeforeData;
    sizes_.push_back(record.size());
    places_.push_back(body_.size());
    append_base64(body_, record);
    body_ += R"("})";
    raw_bytes_ += record.size();
}

void PutRecordBatch::end() {
    CHECK(!sizes_.empty() && raw_bytes_ <= kMaxCallBytes);
    body_ += "]}";
}

std::string PutRecordBatch::record(std::size_t index) const {
    auto const encoded = (sizes_[index] + 2) / 3 * 4;
    std::string decoded;
    CHECK(decode_base64(std::string_view(body_).substr(places_[index], encoded), decoded)
              .has_value());
    return decoded;
}

PutOutcome parse_put_reply(HttpReply const& reply, std::size_t records) {
    auto const unreadable = [&](char const* what) {
        Failure failure;
        failure.outcome_unknown = true;
        failure.status = reply.status;
        failure.code = "UnreadableReply";
        failure.message = what;
        return failure;
    };
    if (reply.status < 200 || reply.status > 299) return classify(reply);
    boost::json::error_code error;
    boost::json::value const value = boost::json::parse(reply.body, error);
    auto const* object = error ? nullptr : value.if_object();
    auto const* responses = object ? object->if_contains("RequestResponses") : nullptr;
    auto const* list = responses ? responses->if_array() : nullptr;
    if (list == nullptr) return unreadable("the reply is not what PutRecordBatch answers");
    if (list->size() != records) return unreadable("the reply speaks of another number of records");
    std::vector<RecordFate> fates;
    fates.reserve(records);
    for (auto const& response : *list) fates.push_back(fate_of(response));
    return fates;
}

std::unique_ptr<FirehoseApi> make_firehose_api(Service service, CredentialSource& credentials,
                                               std::unique_ptr<HttpClient> http, Clock& clock) {
    return std::make_unique<Api>(std::move(service), credentials, std::move(http), clock);
}

}  // namespace inlet::aws
