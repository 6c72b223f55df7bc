// row_reader.hpp - the strict reader of delivered rows: for whoever checks a lake, and for tests.
// Threads:   one per reader. Steady state allocates nothing.
// Ownership: the views of RowFields point into the line.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "event/event.hpp"
#include "event/structural_index.hpp"

namespace inlet::event {

struct RowFields {
    Kind kind;
    std::string_view id;
    std::string_view received_at;
    std::string_view node;
    std::uint64_t seq;
};

class RowReader {
  public:
    // The fields of one line (without its line feed), or nothing: the line is not one whole JSON
    // object, or does not begin with type, id, receivedAt, node and seq, each once and well formed.
    // REQUIRES: kBodyPadding readable bytes follow `line`.
    std::optional<RowFields> read(std::string_view line);

  private:
    StructuralIndex index_;
};

}  // namespace inlet::event
