#include "sink/object_sink.hpp"

#include <map>
#include <utility>

#include "base/check.hpp"
#include "base/time.hpp"
#include "sink/object_builder.hpp"
#include "sink/object_key.hpp"

namespace inlet::sink {
namespace {

// The objects of one batch while its rows come in.
class ObjectSet {
  public:
    ObjectSet(ObjectStore& store, ObjectPlan const& plan) : store_(store), plan_(plan) {}

    Result<void> add(Row const& row) {
        CHECK(row.seq >= plan_.first_seq && row.seq <= plan_.last_seq);
        TRY(auto* builder, builder_for(row));
        return builder->add(row.line);
    }

    Result<Delivered> publish() {
        // First all bytes, then all names: a disk that gets full publishes nothing.
        for (auto& [place, builder] : builders_) {
            TRY(builder.flush());
        }
        Delivered result;
        for (auto& [place, builder] : builders_) {
            TRY(auto const put, builder.finish());
            result.rows += builder.rows();
            result.bytes_sent += builder.stored_bytes();
            ++result.objects;
            if (put == PutResult::already_there) ++result.already_present;
        }
        return result;
    }

  private:
    using Place = std::pair<std::string, std::int64_t>;  // type, day

    Result<ObjectBuilder*> builder_for(Row const& row) {
        auto const day = utc_day(row.received_at_ms);
        if (last_ != nullptr && last_->first.second == day && last_->first.first == row.type) {
            return &last_->second;  // nearly always
        }
        Place place(row.type, day);
        auto found = builders_.find(place);
        if (found == builders_.end()) {
            ObjectKey const key = {place.first,    utc_date(row.received_at_ms),
                                   plan_.node,     plan_.first_seq,
                                   plan_.last_seq, plan_.codec};
            TRY(auto writer, store_.create(key.text(kLakePrefix)));
            found = builders_.try_emplace(std::move(place), std::move(writer), plan_.codec).first;
        }
        last_ = &*found;
        return &last_->second;
    }

    ObjectStore& store_;
    ObjectPlan const& plan_;
    std::map<Place, ObjectBuilder> builders_;
    std::pair<Place const, ObjectBuilder>* last_ = nullptr;
};

}  // namespace

ObjectSink::ObjectSink(ObjectSinkOptions options, StoreOpener open_store)
    : options_(std::move(options)), open_store_(std::move(open_store)) {
    CHECK(is_proper_destination(options_.destination));
}

std::string ObjectSink::plan(Batch const& batch) const {
    ObjectPlan const plan = {options_.destination, options_.codec, std::string(batch.node),
                             batch.first_seq, batch.last_seq};
    return plan.text();
}

Result<Delivered> ObjectSink::deliver(Batch const& batch, std::string_view plan_text,
                                      RowStream& rows) {
    TRY(auto const plan, ObjectPlan::parse(plan_text));
    if (plan.node != batch.node || plan.first_seq != batch.first_seq ||
        plan.last_seq != batch.last_seq) {
        return fail(Errc::corrupt, options_.name + ": the saved plan is of another batch");
    }
    TRY(auto* const store, store_at(plan.destination));
    TRY(check_room(*store));
    ObjectSet objects(*store, plan);
    for (Row row;;) {
        TRY(auto const more, rows.next(row));
        if (!more) break;
        TRY(objects.add(row));
    }
    return objects.publish();
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
