#include "http/input_buffer.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.hpp"

namespace inlet::http {

std::span<char> InputBuffer::make_room(std::size_t expected, BufferPool& pool) {
    if (end_ == capacity()) {
        std::size_t const used = end_ - begin_;
        if (used < capacity() / 2) {
            std::memmove(buffer_.data.get(), buffer_.data.get() + begin_, used);
            begin_ = 0;
            end_ = used;
        } else {
            // At most doubled, so that a client pays with bytes for the memory it gets.
            auto const most = std::max(2 * used, BufferPool::kMinSize - kBodyPadding);
            auto const wanted = expected > used ? std::min(expected, most) : most;
            move_to(pool.take(wanted + kBodyPadding), pool);
        }
    }
    return {buffer_.data.get() + end_, capacity() - end_};
}

void InputBuffer::consume(std::size_t n) {
    CHECK(n <= end_ - begin_);
    begin_ += n;
    if (begin_ == end_) begin_ = end_ = 0;
}

void InputBuffer::settle(BufferPool& pool) {
    std::size_t const used = end_ - begin_;
    if (used == 0) return drop(pool);
    if (used > kSmall || buffer_.size < BufferPool::kMinSize) return;
    std::size_t const size = used + kBodyPadding;
    move_to({std::unique_ptr<char[]>(new char[size]), size}, pool);
}

void InputBuffer::drop(BufferPool& pool) {
    pool.give_back(std::exchange(buffer_, {}));
    begin_ = end_ = 0;
}

void InputBuffer::move_to(Buffer buffer, BufferPool& pool) {
    std::size_t const used = end_ - begin_;
    if (used > 0) std::memcpy(buffer.data.get(), buffer_.data.get() + begin_, used);
    pool.give_back(std::exchange(buffer_, std::move(buffer)));
    begin_ = 0;
    end_ = used;
}

}  // namespace inlet::http
