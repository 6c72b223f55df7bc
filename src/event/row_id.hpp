// row_id.hpp - ids of rows whose sender names them: a retry gives the same id, so that a reader of
// the lake can tell it from a second event.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/id.hpp"
#include "base/sha256.hpp"
#include "event/event.hpp"

namespace inlet::event {

// Where the name of a row comes from. The characters go into the hash: they are fixed for ever.
enum class NameSource : char {
    event_message = 'm',    // the event's own messageId
    body_message = 'b',     // the body's messageId, and the number of the event in it
    idempotency_key = 'k',  // the request's Idempotency-Key, and the number of the event in it
};

struct RowName {
    NameSource source;
    std::string_view value;
    std::size_t index;  // 0 with event_message: an event may stand elsewhere in the retry
};

// Threads: one. Steady state allocates nothing.
class DerivedIds {
  public:
    // `values`: the members of the contract as they stand in the row. They are part of the id, so that
    // two clients which both number their messages from 1 do not collide.
    UuidText of(Kind kind, RowName const& name, std::string_view values);

  private:
    Sha256 hash_;
    std::string head_;
};

}  // namespace inlet::event
