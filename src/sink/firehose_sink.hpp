// firehose_sink.hpp - one delivery stream: packs rows into records and records into calls, sends several calls at a
// time, and says of each row what became of it.
// A 200 of Firehose is no success by itself: each record has its own fate. What failed is not sent again here but
// reported as remaining; the pump comes back with just these rows.
// Threads: one, except cancel().
// Errors:  of the rows only; what the service says is in Delivered.
// Bounds:  about 8 MiB while a backlog is sent; a call holds about 1 MiB of rows, kCallsAtATime are under way.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "aws/firehose_api.hpp"
#include "base/clock.hpp"
#include "sink/pace.hpp"
#include "sink/record_packer.hpp"
#include "sink/sink.hpp"

namespace inlet::sink {

struct FirehoseStream {
    std::string lane;  // "firehose-track"
    std::string type;  // "track"; empty: all types
    std::string name;  // of the delivery stream
    std::int64_t linger_ms = 5'000;
    Codec compression = Codec::off;
};

class FirehoseSink final : public Sink {
  public:
    FirehoseSink(FirehoseStream stream, std::unique_ptr<aws::FirehoseApi> api, Clock& clock);
    ~FirehoseSink() override;

    [[nodiscard]] std::string_view name() const override { return stream_.lane; }
    [[nodiscard]] std::string_view type() const override { return stream_.type; }
    [[nodiscard]] Roll roll() const override;
    [[nodiscard]] std::string plan(Batch const&) const override { return {}; }
    Result<Delivered> deliver(Batch const& batch, std::string_view plan, RowStream& rows) override;
    void cancel() override { api_->cancel(); }

  private:
    struct Call;
    struct Lines;

    Result<Delivered> give_up(std::uint64_t first_seq, Error const& error, Delivered done);
    Result<bool> pack(RowStream& rows, Row& next, bool& has_next, Call& call);
    void close_record(Call& call);
    std::vector<aws::PutOutcome> send(std::span<Call const> calls);
    void judge(Call& call, aws::PutOutcome const& outcome, Delivered& done);
    void judge_record(Call const& call, std::size_t index, aws::RecordFate fate, Delivered& done);
    void keep(Call const& call, aws::Failure const& failure, Delivered& done);
    void keep_rows(std::vector<std::uint64_t> const& seqs, Error error, Delivered& done) const;
    void find_poison(Call& call, Delivered& done);
    bool takes_last(Lines const& lines, Delivered& done);
    void try_lines(Lines const& lines, std::size_t begin, std::size_t end, Delivered& done);
    [[nodiscard]] std::string doing() const;

    FirehoseStream stream_;
    std::unique_ptr<aws::FirehoseApi> api_;
    Clock& clock_;
    Pace pace_;
    RecordPacker packer_;
    std::vector<Call> calls_;  // kept for their memory while there is a backlog
};

}  // namespace inlet::sink
