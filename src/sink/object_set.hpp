// object_set.hpp - the objects of one batch while its rows come in: one per type and date.
// Threads:   one.
// Ownership: the store and the plan must outlive it. Destroyed before publish(), it leaves nothing.
// Errors:    of the store and of the rows; io: the rows are not those that were promised; corrupt: a row is none of
//            those that were planned.
// Bounds:    per object one piece of rows (object_builder.hpp) and its compressed form, and what
//            the store's writers keep; these together at most the store's max_buffered() and a piece.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "sink/object_builder.hpp"
#include "sink/object_plan.hpp"
#include "sink/object_store.hpp"
#include "sink/sink.hpp"

namespace inlet::sink {

class ObjectSet {
  public:
    using Place = std::pair<std::string, std::int64_t>;  // type, day
    using Infos = std::map<Place, ObjectInfo>;

    // `promised`: what an earlier pass over the same rows found.
    ObjectSet(ObjectStore& store, ObjectPlan const& plan,
              std::optional<Infos> promised = std::nullopt);

    // All rows to the end of the stream. Nothing is published yet.
    Result<void> take(RowStream& rows);
    // More came together than the store's writers may keep: there is nothing to publish, but
    // infos() tells what to promise in a second pass.
    [[nodiscard]] bool outgrown() const { return outgrown_; }
    [[nodiscard]] Infos const& infos() const { return infos_; }

    // REQUIRES: take() succeeded, not outgrown.
    Result<Delivered> publish();

  private:
    Result<ObjectBuilder*> builder_for(Row const& row);
    Result<std::unique_ptr<ObjectWriter>> create_writer(Place const& place, Row const& row);
    Result<void> add(Row const& row);
    Result<void> flush();

    ObjectStore& store_;
    ObjectPlan const& plan_;
    std::optional<Infos> const promised_;
    std::optional<std::uint64_t> const max_buffered_;
    std::uint64_t buffered_ = 0;
    bool outgrown_ = false;
    std::map<Place, ObjectBuilder> builders_;
    std::pair<Place const, ObjectBuilder>* last_ = nullptr;
    Infos infos_;
};

}  // namespace inlet::sink
