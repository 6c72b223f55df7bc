#include "sim/fake_stream.hpp"

#include <string>
#include <utility>
#include <vector>

#include "sim/rows.hpp"

namespace inlet::sim {
namespace {

void for_each_line(std::string_view rows, auto const& visit) {
    while (!rows.empty()) {
        auto const line = rows.substr(0, rows.find('\n') + 1);
        visit(line);
        rows.remove_prefix(line.size());
    }
}

}  // namespace

class FakeStream::Connection final : public aws::FirehoseApi {
  public:
    explicit Connection(FakeStream& stream) : stream_(stream) {}

    std::vector<aws::PutOutcome> put(std::span<aws::PutRecordBatch const* const> calls) override {
        std::vector<aws::PutOutcome> outcomes;
        outcomes.reserve(calls.size());
        for (auto const* call : calls) outcomes.push_back(stream_.put(*call));
        return outcomes;
    }
    void cancel() override {}

  private:
    FakeStream& stream_;
};

std::unique_ptr<aws::FirehoseApi> FakeStream::connect() {
    return std::make_unique<Connection>(*this);
}

aws::PutOutcome FakeStream::put(aws::PutRecordBatch const& call) {
    if (process_.dead()) return aws::Failure{.message = "the process is dead"};
    std::vector<std::string> records;
    records.reserve(call.records());
    for (std::size_t i = 0; i < call.records(); ++i) records.push_back(call.record(i));
    auto const name = "call of " + std::to_string(records.size()) + " records";
    for (auto const& record : records) {
        if (record.find(kPoison) == std::string::npos) continue;
        trace_.line(name + " is refused for what is in it");
        return aws::Failure{.reaction = aws::Reaction::poison, .status = 400, .message = "poison"};
    }
    bool const goes_wrong = dice_.per_mille(failing_);
    auto const how = goes_wrong ? dice_.below(4) : 9;
    if (how == 0) {
        trace_.line(name + " is throttled");
        return aws::Failure{.reaction = aws::Reaction::throttled, .status = 503};
    }
    if (how == 1) {
        trace_.line(name + " does not get through");
        return aws::Failure{.message = "connection refused"};
    }
    std::vector<aws::RecordFate> fates;
    fates.reserve(records.size());
    for (auto const& record : records) {
        // 3: the call is taken in part.
        if (how == 3 && dice_.one_in(2)) {
            fates.push_back(take_record(record));
            continue;
        }
        for_each_line(record, on_arrival_);
        if (how == 2) for_each_line(record, on_unclear_);
        fates.push_back(aws::RecordFate::accepted);
    }
    trace_.line(name + (how == 2   ? " arrives, the reply is lost"
                        : how == 3 ? " arrives in part"
                                   : " arrives"));
    if (how == 2)
        return aws::Failure{.outcome_unknown = true, .message = "no reply", .cause = Errc::timeout};
    return fates;
}

aws::RecordFate FakeStream::take_record(std::string_view record) {
    if (dice_.one_in(2)) return aws::RecordFate::throttled;
    if (dice_.one_in(2)) {
        for_each_line(record, on_arrival_);
        for_each_line(record, on_unclear_);
    }
    return aws::RecordFate::failed;
}

}  // namespace inlet::sim
