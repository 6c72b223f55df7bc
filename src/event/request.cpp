#include "event/request.hpp"

#include "event/bounded_clear.hpp"

namespace inlet::event {

void Request::clear() {
    user_id = message_id = {};
    bounded_clear(rows);
    bounded_clear(members);
    bounded_clear(shared_members);
    warnings.clear();
}

}  // namespace inlet::event
