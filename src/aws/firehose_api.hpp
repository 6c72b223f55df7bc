// firehose_api.hpp - PutRecordBatch of Amazon Data Firehose (API version 2015-08-04): a call's body, and what
// became of each record.
// Threads: one, except cancel().
// Limits:  "Amazon Data Firehose quotas": 500 records and 4 MiB a call, 1,000 KiB a record, all before base64.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "aws/client.hpp"

namespace inlet::aws {

inline constexpr std::size_t kMaxRecordBytes = 1'000 * 1'024;
inline constexpr std::size_t kMaxCallRecords = 500;
inline constexpr std::size_t kMaxCallBytes = 4 << 20;
// "Amazon Data Firehose pricing": the size of each record is rounded up to the next 5 KB.
inline constexpr std::size_t kBilledStepBytes = 5 * 1'024;

// Letters, digits, "_", "-", "."; 1 to 64 ("CreateDeliveryStream", DeliveryStreamName).
bool is_delivery_stream_name(std::string_view name);

// The body of one call, encoded while records are added.
class PutRecordBatch {
  public:
    // REQUIRES: is_delivery_stream_name(stream).
    void begin(std::string_view stream);
    void add(std::string_view record);
    // After the last record.
    void end();

    [[nodiscard]] std::size_t records() const { return sizes_.size(); }
    [[nodiscard]] std::size_t raw_bytes() const { return raw_bytes_; }
    [[nodiscard]] std::size_t record_bytes(std::size_t index) const { return sizes_[index]; }
    [[nodiscard]] std::string const& body() const { return body_; }
    // What was added, decoded again.
    [[nodiscard]] std::string record(std::size_t index) const;

  private:
    std::string body_;
    std::vector<std::size_t> sizes_;   // of the records
    std::vector<std::size_t> places_;  // of their base64 in body_
    std::size_t raw_bytes_ = 0;
};

enum class RecordFate : std::uint8_t {
    accepted,
    throttled,  // ServiceUnavailableException: not taken, slow down
    failed,     // InternalFailure and what else may come: not known whether it was taken
};

using PutOutcome = boost::outcome_v2::basic_result<std::vector<RecordFate>, Failure,
                                                   boost::outcome_v2::policy::terminate>;

class FirehoseApi {
  public:
    virtual ~FirehoseApi() = default;
    // At the same time; outcomes in the order of the calls, fates in the order of the records.
    virtual std::vector<PutOutcome> put(std::span<PutRecordBatch const* const> calls) = 0;
    virtual void cancel() = 0;
};

// `credentials` and `clock` must outlive it.
std::unique_ptr<FirehoseApi> make_firehose_api(Service service, CredentialSource& credentials,
                                               std::unique_ptr<HttpClient> http, Clock& clock);

// What a reply says of `records` records. One that cannot be read, or speaks of another number, is a failure with
// an unknown outcome.
PutOutcome parse_put_reply(HttpReply const& reply, std::size_t records);

}  // namespace inlet::aws
