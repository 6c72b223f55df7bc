#include "sink/object_sink.hpp"

#include <utility>

#include "base/check.hpp"
#include "sink/object_set.hpp"

namespace inlet::sink {

ObjectSink::ObjectSink(ObjectSinkOptions options, StoreOpener open_store, StoreCancel cancel)
    : options_(std::move(options)),
      open_store_(std::move(open_store)),
      cancel_store_(std::move(cancel)) {
    CHECK(is_proper_destination(options_.destination));
}

std::string ObjectSink::plan(Batch const& batch) const {
    ObjectPlan const plan = {options_.destination, options_.codec, std::string(batch.node),
                             batch.first_seq, batch.last_seq};
    return plan.text();
}

void ObjectSink::cancel() {
    if (!cancel_store_) return;
    cancelled_ = true;
    cancel_store_();
}

Result<Delivered> ObjectSink::deliver(Batch const& batch, std::string_view plan_text,
                                      RowStream& rows) {
    if (cancelled_) return fail(Errc::stopping, options_.name);
    auto delivered = carry_out(batch, plan_text, rows);
    // What a cancelled request failed with is no news.
    if (!delivered && cancelled_) return fail(Errc::stopping, delivered.error().context);
    return delivered;
}

Result<Delivered> ObjectSink::carry_out(Batch const& batch, std::string_view plan_text,
                                        RowStream& rows) {
    TRY(auto const plan, ObjectPlan::parse(plan_text));
    if (plan.node != batch.node || plan.first_seq != batch.first_seq ||
        plan.last_seq != batch.last_seq) {
        return fail(Errc::corrupt, options_.name + ": the saved plan is of another batch");
    }
    TRY(auto* const store, store_at(plan.destination));
    TRY(check_room(*store));
    auto const requests_before = store->requests();
    TRY(auto delivered, publish_rows(*store, plan, rows));
    delivered.requests = store->requests() - requests_before;
    return delivered;
}

Result<Delivered> ObjectSink::publish_rows(ObjectStore& store, ObjectPlan const& plan,
                                           RowStream& rows) {
    std::optional<ObjectSet> objects(std::in_place, store, plan);
    TRY(objects->take(rows));
    if (objects->outgrown()) {
        auto infos = objects->infos();
        objects.emplace(store, plan, std::move(infos));
        rows.rewind();
        TRY(objects->take(rows));
    }
    return objects->publish();
}

Result<ObjectStore*> ObjectSink::store_at(std::string const& destination) {
    if (!store_ || opened_destination_ != destination) {
        TRY(auto opened, open_store_(destination));
        store_ = std::move(opened);
        opened_destination_ = destination;
    }
    return store_.get();
}

Result<void> ObjectSink::check_room(ObjectStore& store) const {
    TRY(auto const free, store.free_bytes());
    if (!free || *free >= options_.min_free_bytes) return success();
    return fail(Errc::full, options_.name + ": " + std::to_string(*free) + " bytes free at " +
                                opened_destination_ + ", less than the " +
                                std::to_string(options_.min_free_bytes) + " to be kept");
}

}  // namespace inlet::sink
