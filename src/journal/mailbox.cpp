#include "journal/mailbox.hpp"

#include <utility>

namespace inlet::journal {

Waiter* Mailbox::take() {
    return waiting_.with([](Chain& chain) { return std::exchange(chain, Chain{}).first; });
}

void Mailbox::drop(Waiter* first, Waiter* last) {
    bool const was_empty = waiting_.with([&](Chain& chain) {
        bool const empty = chain.first == nullptr;
        (empty ? chain.first : chain.last->next) = first;
        chain.last = last;
        return empty;
    });
    if (was_empty) wake();
}

}  // namespace inlet::journal
