// fake_stream.hpp - a delivery stream that behaves as badly as the real one may: refuses calls, takes some of their
// records, loses replies, never takes some rows. What it holds survives the process.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "aws/firehose_api.hpp"
#include "sim/chaos_disk.hpp"
#include "sim/dice.hpp"
#include "sim/trace.hpp"

namespace inlet::sim {

class FakeStream {
  public:
    using OnLine = std::function<void(std::string_view line)>;

    FakeStream(ChaosDisk& process, Trace& trace, Dice& dice, OnLine on_arrival, OnLine on_unclear)
        : process_(process),
          trace_(trace),
          dice_(dice),
          on_arrival_(std::move(on_arrival)),
          on_unclear_(std::move(on_unclear)) {}

    // Of a thousand calls so many go wrong in some way.
    void set_failing(std::uint64_t per_mille) { failing_ = per_mille; }

    // The process's way to it.
    std::unique_ptr<aws::FirehoseApi> connect();

  private:
    class Connection;
    aws::PutOutcome put(aws::PutRecordBatch const& call);
    aws::RecordFate take_record(std::string_view record);

    ChaosDisk& process_;
    Trace& trace_;
    Dice& dice_;
    OnLine on_arrival_;
    OnLine on_unclear_;
    std::uint64_t failing_ = 0;
};

}  // namespace inlet::sim
