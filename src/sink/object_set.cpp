#include "sink/object_set.hpp"

#include "base/check.hpp"
#include "base/time.hpp"
#include "sink/object_key.hpp"

namespace inlet::sink {

ObjectSet::ObjectSet(ObjectStore& store, ObjectPlan const& plan, std::optional<Infos> promised)
    : store_(store),
      plan_(plan),
      promised_(std::move(promised)),
      max_buffered_(promised_ ? std::nullopt : store.max_buffered()) {}

Result<void> ObjectSet::take(RowStream& rows) {
    for (Row row;;) {
        TRY(auto const more, rows.next(row));
        if (!more) return flush();
        TRY(add(row));
    }
}

Result<void> ObjectSet::add(Row const& row) {
    // Rows could be read again that could not when this was planned.
    if (row.seq < plan_.first_seq || row.seq > plan_.last_seq)
        return fail(Errc::corrupt, "row " + std::to_string(row.seq) + " is none of those planned");
    TRY(auto* builder, builder_for(row));
    auto const before = builder->stored_bytes();
    TRY(builder->add(row.line));
    buffered_ += builder->stored_bytes() - before;
    if (outgrown_ || !max_buffered_ || buffered_ <= *max_buffered_) return success();
    // From here on the rows are read only to learn what they are.
    outgrown_ = true;
    for (auto& [place, each] : builders_) each.drop_writer();
    return success();
}

Result<void> ObjectSet::flush() {
    for (auto& [place, builder] : builders_) {
        TRY(auto info, builder.flush());
        infos_.emplace(place, std::move(info));
    }
    if (!promised_ || infos_ == *promised_) return success();
    // The store was told of other objects: nothing of this may be published under their names.
    return fail(Errc::io, "the rows of a batch differ between two readings of the journal");
}

Result<Delivered> ObjectSet::publish() {
    CHECK(!outgrown_);
    Delivered result;
    for (auto& [place, builder] : builders_) {
        TRY(auto const put, builder.finish(infos_.at(place)));
        result.rows += builder.rows();
        result.bytes_sent += builder.stored_bytes();
        ++result.objects;
        if (put == PutResult::already_there) ++result.already_present;
    }
    return result;
}

Result<ObjectBuilder*> ObjectSet::builder_for(Row const& row) {
    auto const day = utc_day(row.received_at_ms);
    if (last_ != nullptr && last_->first.second == day && last_->first.first == row.type) {
        return &last_->second;  // nearly always
    }
    Place place(row.type, day);
    auto found = builders_.find(place);
    if (found == builders_.end()) {
        TRY(auto writer, create_writer(place, row));
        found = builders_.try_emplace(std::move(place), std::move(writer), plan_.codec).first;
    }
    last_ = &*found;
    return &last_->second;
}

Result<std::unique_ptr<ObjectWriter>> ObjectSet::create_writer(Place const& place, Row const& row) {
    if (outgrown_) return std::unique_ptr<ObjectWriter>();
    std::optional<ObjectInfo> known;
    if (promised_) {
        auto const promise = promised_->find(place);
        // Without one there will be a difference at the end; nothing needs to be sent until then.
        if (promise == promised_->end()) return std::unique_ptr<ObjectWriter>();
        known = promise->second;
    }
    ObjectKey const key = {place.first,    utc_date(row.received_at_ms),
                           plan_.node,     plan_.first_seq,
                           plan_.last_seq, plan_.codec};
    return store_.create(key.text(kLakePrefix), known);
}

}  // namespace inlet::sink
