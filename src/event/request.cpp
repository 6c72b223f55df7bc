#include "event/request.hpp"

namespace inlet::event {
namespace {

// What one hostile body can make us keep: 1 MiB holds 200,000 tiny members.
constexpr std::size_t kKeptMembers = 16 * 1024;

void clear_members(std::vector<Member>& members) {
    members.clear();
    if (members.capacity() > kKeptMembers) members.shrink_to_fit();
}

}  // namespace

void Request::clear() {
    user_id = message_id = {};
    rows.clear();
    clear_members(members);
    clear_members(shared_members);
    warnings.clear();
}

}  // namespace inlet::event
