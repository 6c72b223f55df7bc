// fake_bucket.hpp - objects that are written once, as in a bucket with If-None-Match: the service refuses now and then,
// or its reply is lost. What it holds survives the process.
// Threads: one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "sim/chaos_disk.hpp"
#include "sim/dice.hpp"
#include "sim/trace.hpp"
#include "sink/object_store.hpp"

namespace inlet::sim {

class FakeBucket {
  public:
    // `on_object`: its rows, once, when it is stored.
    FakeBucket(ChaosDisk& process, Trace& trace, Dice& dice,
               std::function<void(std::string_view rows)> on_object)
        : process_(process), trace_(trace), dice_(dice), on_object_(std::move(on_object)) {}

    // Of a thousand requests so many fail, half of them after they were carried out.
    void set_failing(std::uint64_t per_mille) { failing_ = per_mille; }
    // What a writer may keep before it must know its object; 0: any amount.
    void set_max_buffered(std::uint64_t bytes) { max_buffered_ = bytes; }

    // The process's way to it.
    std::unique_ptr<sink::ObjectStore> connect();

  private:
    class Connection;
    class Writer;
    struct Object {
        sink::ObjectInfo info;
        std::string bytes;
    };

    Result<sink::PutResult> put(std::string const& key, sink::ObjectInfo const& info,
                                std::string bytes);

    ChaosDisk& process_;
    Trace& trace_;
    Dice& dice_;
    std::function<void(std::string_view rows)> on_object_;
    std::uint64_t failing_ = 0;
    std::uint64_t max_buffered_ = 0;
    std::map<std::string, Object> objects_;
};

}  // namespace inlet::sim
