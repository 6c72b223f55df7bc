// object_sink.hpp - batches become objects in a store, each exactly once: the local lake, and S3.
// A batch gives one object per type and date in it, named by its range of seq (object_key.hpp).
// Names and bytes follow from the plan and the rows, so what a crash or an error cut short is
// repeated and meets its own earlier objects.
// What a store may not keep in memory as a whole is read twice: first to learn what the objects will
// hold, then to write them (docs/decisions/multipart-two-passes.md).
// Threads:   one, except cancel().
// Ownership: owns the stores it opened.
// Errors:    of the store and of the rows; full: less room than options.min_free_bytes; corrupt:
//            the plan cannot be read, or an object is there with other rows. Nothing is published
//            before all rows were read; of several objects some may be there when one fails.
// Bounds:    about 4 MiB of memory per object of the batch, and what the store's writers keep
//            (object_set.hpp); the disk may go below min_free_bytes by one batch.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "sink/object_plan.hpp"
#include "sink/object_store.hpp"
#include "sink/sink.hpp"

namespace inlet::sink {

struct ObjectSinkOptions {
    std::string name;         // of the sink: "lake"
    std::string destination;  // given to StoreOpener
    Codec codec = Codec::gzip;
    Roll roll = {};
    std::uint64_t min_free_bytes = 0;
};

// Opens the store that a destination names. Not always the configured one: a plan that was saved
// before the configuration changed is still carried out where it began.
using StoreOpener =
    std::function<Result<std::unique_ptr<ObjectStore>>(std::string const& destination)>;

// Ends what a store of that opener has under way, from any thread.
using StoreCancel = std::function<void()>;

class ObjectSink final : public Sink {
  public:
    // REQUIRES: is_proper_destination(options.destination).
    // Without `cancel` a delivery is brief enough to be waited for.
    ObjectSink(ObjectSinkOptions options, StoreOpener open_store, StoreCancel cancel = {});

    [[nodiscard]] std::string_view name() const override { return options_.name; }
    [[nodiscard]] Roll roll() const override { return options_.roll; }
    [[nodiscard]] std::string plan(Batch const& batch) const override;
    Result<Delivered> deliver(Batch const& batch, std::string_view plan, RowStream& rows) override;
    void cancel() override;

  private:
    Result<Delivered> carry_out(Batch const& batch, std::string_view plan, RowStream& rows);
    static Result<Delivered> publish_rows(ObjectStore& store, ObjectPlan const& plan,
                                          RowStream& rows);
    Result<ObjectStore*> store_at(std::string const& destination);
    Result<void> check_room(ObjectStore& store) const;

    ObjectSinkOptions options_;
    StoreOpener open_store_;
    StoreCancel cancel_store_;
    std::atomic<bool> cancelled_ = false;
    std::string opened_destination_;
    std::unique_ptr<ObjectStore> store_;
};

}  // namespace inlet::sink
