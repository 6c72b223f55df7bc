// rows_fixture.hpp - batches of rows for the tests of sinks.
#pragma once

#include <string>
#include <vector>

#include "sink/sink.hpp"
#include "support/manual_clock.hpp"

namespace inlet::sink::test {

inline constexpr std::int64_t kDay1 = inlet::test::ManualClock::kStart;  // 2026-11-22
inline constexpr std::int64_t kDay2 = kDay1 + 24LL * 3600 * 1000;
inline constexpr std::size_t kNever = SIZE_MAX;

struct TestRow {
    std::string type;
    std::string line;
    std::int64_t received_at_ms = kDay1;
};

// The rows with seq from 1 on; optionally the journal cannot be read any more after some of them.
class Rows final : public RowStream {
  public:
    explicit Rows(std::vector<TestRow> const& rows, std::size_t fail_at = kNever)
        : rows_(rows), fail_at_(fail_at) {}

    Result<bool> next(Row& row) override {
        if (at_ == fail_at_) return fail(Errc::io, "journal");
        if (at_ == rows_.size()) return false;
        auto const& from = rows_[at_++];
        row = {from.type, at_, from.received_at_ms, from.line};
        return true;
    }
    void rewind() override {
        at_ = 0;
        ++rewinds;
    }

    int rewinds = 0;

  private:
    std::vector<TestRow> const& rows_;
    std::size_t fail_at_;
    std::size_t at_ = 0;
};

inline Batch batch_of(std::vector<TestRow> const& rows) {
    return {.node = "node",
            .first_seq = 1,
            .last_seq = rows.size(),
            .rows = rows.size(),
            .bytes = 0,
            .received_at_ms = kDay1};
}

inline Result<Delivered> deliver_all(Sink& sink, std::vector<TestRow> const& rows) {
    Rows stream(rows);
    return sink.deliver(batch_of(rows), sink.plan(batch_of(rows)), stream);
}

inline std::vector<TestRow> mixed_rows() {
    return {{"track", "t1\n"},
            {"alias", "a2\n"},
            {"track", "t3\n"},
            {"profile", "p4\n"},
            {"track", "t5\n"}};
}

}  // namespace inlet::sink::test
