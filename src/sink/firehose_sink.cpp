#include "sink/firehose_sink.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"

namespace inlet::sink {
namespace {

// About 1 MiB a call: most regions let a stream take 1 MiB/s, so that larger ones would only be throttled.
constexpr std::size_t kCallBytes = 1 << 20;
constexpr std::size_t kMinCallBytes = 64 << 10;
constexpr std::size_t kCallsAtATime = 4;
// What one deliver() takes on. Smaller ones would leave calls unused, larger ones repeat more after a crash.
constexpr std::uint64_t kBatchBytes = kCallsAtATime * kCallBytes;
constexpr std::uint64_t kBatchRows = 100'000;
// A batch of less is not full: no backlog waits behind it, and the next batches are small.
constexpr std::uint64_t kBacklogBytes = kBatchBytes / 2;

// Rows that are refused one by one cost a request each; a few at a time, so that the lane stays responsive.
constexpr std::size_t kMaxRefusedAtATime = 64;

std::uint64_t billed(std::size_t bytes) {
    auto const steps = (bytes + aws::kBilledStepBytes - 1) / aws::kBilledStepBytes;
    return steps * aws::kBilledStepBytes;
}

}  // namespace

struct FirehoseSink::Call {
    aws::PutRecordBatch batch;
    std::vector<std::vector<std::uint64_t>> seqs;  // of each record's rows
    std::size_t plain_bytes = 0;
    std::uint64_t rows = 0;
};

// The rows of a call that was refused, one by one.
struct FirehoseSink::Lines {
    std::vector<std::string> texts;
    std::vector<std::string_view> lines;
    std::vector<std::uint64_t> seqs;
};

FirehoseSink::FirehoseSink(FirehoseStream stream, std::unique_ptr<aws::FirehoseApi> api,
                           Clock& clock)
    : stream_(std::move(stream)),
      api_(std::move(api)),
      clock_(clock),
      pace_(clock.steady_ms()),
      packer_(stream_.compression) {
    CHECK(aws::is_delivery_stream_name(stream_.name));
}

FirehoseSink::~FirehoseSink() = default;

Roll FirehoseSink::roll() const {
    return {kBatchBytes, kBatchRows, stream_.linger_ms};
}

Result<Delivered> FirehoseSink::deliver(Batch const& batch, std::string_view, RowStream& rows) {
    Delivered done;
    Row next;
    TRY(auto has_next, rows.next(next));
    while (has_next && !done.error) {
        auto const first_seq = next.seq;
        std::size_t packed = 0;
        while (has_next && packed < kCallsAtATime) {
            done.wait_ms = pace_.wait_ms(clock_.steady_ms());
            if (done.wait_ms > 0) break;
            if (calls_.size() == packed) calls_.emplace_back();
            auto& call = calls_[packed++];
            auto const more = pack(rows, next, has_next, call);
            if (!more) return give_up(first_seq, more.error(), std::move(done));
            has_next = more.value();
            pace_.sent(static_cast<std::int64_t>(call.batch.raw_bytes()));
        }
        if (packed == 0) break;
        auto const outcomes = send({calls_.data(), packed});
        done.requests += packed;
        for (std::size_t i = 0; i < packed; ++i) judge(calls_[i], outcomes[i], done);
    }
    if (has_next) done.remaining.from = next.seq;
    if (batch.bytes < kBacklogBytes) std::vector<Call>().swap(calls_);
    return done;
}

// The rows cannot be read any further. Those from `first_seq` on have not been sent, those before have.
Result<Delivered> FirehoseSink::give_up(std::uint64_t first_seq, Error const& error,
                                        Delivered done) {
    (void)packer_.take_seqs();
    if (done.requests == 0) return error;
    done.remaining.from = first_seq;
    done.error = error;
    return done;
}

// Fills one call; returns whether rows are left.
Result<bool> FirehoseSink::pack(RowStream& rows, Row& next, bool& has_next, Call& call) {
    call.batch.begin(stream_.name);
    call.seqs.clear();
    call.plain_bytes = call.rows = 0;
    // Under a small quota smaller calls: one that is larger than a second's share is throttled in part.
    auto const most =
        std::clamp(static_cast<std::size_t>(pace_.rate() / 2), kMinCallBytes, kCallBytes);
    while (has_next) {
        if (packer_.is_full_for(next.line.size())) close_record(call);
        bool const is_full =
            call.plain_bytes >= most || call.batch.records() == aws::kMaxCallRecords;
        if (is_full && packer_.empty()) break;
        packer_.add(next.seq, next.line);
        TRY(has_next, rows.next(next));
    }
    if (!packer_.empty()) close_record(call);
    call.batch.end();
    return has_next;
}

void FirehoseSink::close_record(Call& call) {
    call.plain_bytes += packer_.plain_bytes();
    call.batch.add(packer_.record());
    call.seqs.push_back(packer_.take_seqs());
    call.rows += call.seqs.back().size();
}

std::vector<aws::PutOutcome> FirehoseSink::send(std::span<Call const> calls) {
    std::vector<aws::PutRecordBatch const*> batches;
    batches.reserve(calls.size());
    for (auto const& call : calls) batches.push_back(&call.batch);
    return api_->put(batches);
}

void FirehoseSink::judge(Call& call, aws::PutOutcome const& outcome, Delivered& done) {
    if (outcome) {
        for (std::size_t i = 0; i < call.seqs.size(); ++i)
            judge_record(call, i, outcome.value()[i], done);
        return;
    }
    if (outcome.error().reaction == aws::Reaction::poison) return find_poison(call, done);
    keep(call, outcome.error(), done);
}

void FirehoseSink::judge_record(Call const& call, std::size_t index, aws::RecordFate fate,
                                Delivered& done) {
    auto const& seqs = call.seqs[index];
    switch (fate) {
        case aws::RecordFate::accepted:
            done.rows += seqs.size();
            done.bytes_sent += call.batch.record_bytes(index);
            done.bytes_billed += billed(call.batch.record_bytes(index));
            return;
        case aws::RecordFate::throttled:
            ++done.throttled;
            pace_.throttled(clock_.steady_ms());
            return keep_rows(seqs, fail(Errc::overloaded, doing() + ": records throttled"), done);
        case aws::RecordFate::failed:
            done.maybe_duplicated += seqs.size();
            return keep_rows(seqs, fail(Errc::unavailable, doing() + ": records failed"), done);
    }
}

void FirehoseSink::keep(Call const& call, aws::Failure const& failure, Delivered& done) {
    if (failure.reaction == aws::Reaction::throttled) {
        ++done.throttled;
        pace_.throttled(clock_.steady_ms());
    }
    if (failure.outcome_unknown) done.maybe_duplicated += call.rows;
    for (auto const& seqs : call.seqs) keep_rows(seqs, failure.error(doing()), done);
}

void FirehoseSink::keep_rows(std::vector<std::uint64_t> const& seqs, Error error,
                             Delivered& done) const {
    auto& remaining = done.remaining.seqs;
    remaining.insert(remaining.end(), seqs.begin(), seqs.end());
    done.retried += seqs.size();
    // What somebody must act on is the more important thing to report.
    if (!done.error || error.code == Errc::rejected) done.error = std::move(error);
}

// A call was refused for what is in it: halves it until the rows that nobody will take stand alone.
void FirehoseSink::find_poison(Call& call, Delivered& done) {
    Lines lines;
    for (std::size_t i = 0; i < call.seqs.size(); ++i) {
        auto text = call.batch.record(i);
        if (stream_.compression == Codec::gzip) {
            std::string plain;
            CHECK(inflate_gzip(text, kMaxPlainBytes + 1, plain).has_value());  // we made it
            text = std::move(plain);
        }
        lines.texts.push_back(std::move(text));
        lines.seqs.insert(lines.seqs.end(), call.seqs[i].begin(), call.seqs[i].end());
    }
    for (std::string_view rest : lines.texts) {
        while (!rest.empty()) {
            auto const line = rest.substr(0, rest.find('\n') + 1);
            lines.lines.push_back(line);
            rest.remove_prefix(line.size());
        }
    }
    CHECK(lines.lines.size() == lines.seqs.size());
    auto const before = done;
    try_lines(lines, 0, lines.seqs.size(), done);
    if (done.refused.size() < before.refused.size() + 2 || done.rows > before.rows) return;
    if (done.remaining.seqs.size() > before.remaining.seqs.size() && takes_last(lines, done))
        return;
    // None of many: not the rows are wrong but something about the stream or about us.
    auto error = fail(Errc::rejected, done.refused.back().reason);
    done = before;
    keep_rows(lines.seqs, std::move(error), done);
}

// Not all rows were tried one by one. If the last one arrives, those that were refused had only themselves to blame.
bool FirehoseSink::takes_last(Lines const& lines, Delivered& done) {
    Delivered last;
    try_lines(lines, lines.seqs.size() - 1, lines.seqs.size(), last);
    if (last.rows == 0) return false;
    done.remaining.seqs.pop_back();
    done.rows += last.rows;
    done.requests += last.requests;
    done.bytes_sent += last.bytes_sent;
    done.bytes_billed += last.bytes_billed;
    return true;
}

void FirehoseSink::try_lines(Lines const& lines, std::size_t begin, std::size_t end,
                             Delivered& done) {
    std::vector<std::uint64_t> const seqs(lines.seqs.begin() + static_cast<std::ptrdiff_t>(begin),
                                          lines.seqs.begin() + static_cast<std::ptrdiff_t>(end));
    if (done.refused.size() >= kMaxRefusedAtATime) {
        return keep_rows(seqs, fail(Errc::unavailable, doing() + ": many rows refused"), done);
    }
    Call call;
    call.batch.begin(stream_.name);
    for (auto i = begin; i < end; ++i) {
        if (packer_.is_full_for(lines.lines[i].size())) close_record(call);
        packer_.add(lines.seqs[i], lines.lines[i]);
    }
    close_record(call);
    call.batch.end();
    aws::PutRecordBatch const* const batches[] = {&call.batch};
    auto const outcome = api_->put(batches).front();
    ++done.requests;
    pace_.sent(static_cast<std::int64_t>(call.batch.raw_bytes()));
    bool const is_poison = !outcome && outcome.error().reaction == aws::Reaction::poison;
    if (!is_poison) return judge(call, outcome, done);
    if (end - begin == 1) {
        done.refused.push_back({lines.seqs[begin], outcome.error().error(doing()).message()});
        return;
    }
    auto const middle = begin + (end - begin) / 2;
    try_lines(lines, begin, middle, done);
    try_lines(lines, middle, end, done);
}

std::string FirehoseSink::doing() const {
    return "PutRecordBatch to " + stream_.name;
}

}  // namespace inlet::sink
