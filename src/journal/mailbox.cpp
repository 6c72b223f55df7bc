#include "journal/mailbox.hpp"

#include <utility>

namespace inlet::journal {

void WaiterChain::push(Waiter& waiter) {
    waiter.next = nullptr;
    (last_ != nullptr ? last_->next : first_) = &waiter;
    last_ = &waiter;
}

Waiter* WaiterChain::pop() {
    auto* const waiter = first_;
    if (waiter == nullptr) return nullptr;
    first_ = std::exchange(waiter->next, nullptr);
    if (first_ == nullptr) last_ = nullptr;
    return waiter;
}

void WaiterChain::take(WaiterChain& other) {
    if (other.empty()) return;
    (last_ != nullptr ? last_->next : first_) = other.first_;
    last_ = other.last_;
    other = {};
}

WaiterChain Mailbox::take() {
    return waiting_.with([](WaiterChain& chain) { return std::exchange(chain, {}); });
}

void Mailbox::drop(WaiterChain& completed) {
    bool const was_empty = waiting_.with([&](WaiterChain& chain) {
        bool const empty = chain.empty();
        chain.take(completed);
        return empty;
    });
    if (was_empty) wake_();
}

}  // namespace inlet::journal
