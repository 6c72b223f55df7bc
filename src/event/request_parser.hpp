// request_parser.hpp - the fast reader of a body: finds the parts of its rows, or only that there
// is something wrong with it (diagnosis.hpp then says what).
// Threads:    one. Steady state allocates nothing.
#pragma once

#include <string_view>

#include "event/event.hpp"
#include "event/id_rules.hpp"
#include "event/names.hpp"
#include "event/request.hpp"
#include "event/structural_index.hpp"
#include "event/walker.hpp"

namespace inlet::event {

class RequestParser {
  public:
    explicit RequestParser(Limits const& limits) : limits_(limits), ids_(limits) {}

    // False if `body` is no JSON, or breaks the contract. `request` then holds nothing useful.
    // REQUIRES: `index` was built of `body`; kBodyPadding readable bytes follow it.
    [[nodiscard]] bool parse(Kind kind, std::string_view body, StructuralIndex const& index,
                             Request& request);

  private:
    class Pass;
    Limits const& limits_;
    IdRules ids_;
    Names names_;
};

}  // namespace inlet::event
