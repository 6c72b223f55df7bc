// row_writer.hpp - turns the parts of a request into stored rows (row.hpp). Sizes first: nothing is
// written before all rows are known to be within the limits, however often the body's own members
// are repeated.
// Threads:    one. Steady state allocates nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/id.hpp"
#include "event/event.hpp"
#include "event/extra.hpp"
#include "event/request.hpp"
#include "event/row_id.hpp"
#include "event/walker.hpp"

namespace inlet::event {

class RowWriter {
  public:
    explicit RowWriter(Limits const& limits) : limits_(limits) {}

    // Takes the request to write. All arguments and the body must live until write().
    void begin(Kind kind, Request const& request, Walker const& walker, std::size_t body_size,
               Context const& context);

    // What makes the rows too large, if anything.
    [[nodiscard]] std::optional<Problem> measure();

    // Appends the rows. REQUIRES: measure() found no problem.
    void write(std::string& rows);

  private:
    [[nodiscard]] std::size_t row_size(RowParts const& row);
    template <Kind kKind>
    void write_rows(char* out);
    template <Kind kKind>
    char* write_row(RowParts const& row, std::size_t index, char* out);
    template <Kind kKind>
    char* write_values(RowParts const& row, char* out) const;
    [[nodiscard]] std::size_t sender_size() const;
    char* write_sender(char* out) const;
    [[nodiscard]] UuidText row_id(RowParts const& row, std::size_t index, std::string_view values);

    Limits const& limits_;
    Kind kind_ = Kind::track;
    Request const* request_ = nullptr;
    Walker const* walker_ = nullptr;
    Context const* context_ = nullptr;
    std::size_t total_bytes_ = 0;
    Extra extra_;
    UuidSource uuids_;
    DerivedIds derived_;
    std::string id_value_;  // decoded messageId
};

}  // namespace inlet::event
