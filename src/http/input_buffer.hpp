// input_buffer.hpp - what a connection has received and not yet used up.
// The memory is borrowed from the pool of the io thread while something is being received, so that
// a connection that is only kept alive has none, and the next request lands in a buffer that is
// still in the processor's cache. It grows with what arrives, not with what is announced.
// kBodyPadding readable bytes always follow the space for data.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "http/buffer_pool.hpp"
#include "http/message.hpp"

namespace inlet::http {

class InputBuffer {
  public:
    // Up to so many bytes of a request that is not complete are kept in memory of just their size.
    static constexpr std::size_t kSmall = 2048;

    // All that is unread; valid until make_room(), settle() or drop().
    [[nodiscard]] std::string_view unread() const {
        return {buffer_.data.get() + begin_, end_ - begin_};
    }
    [[nodiscard]] char* unread_data() { return buffer_.data.get() + begin_; }
    [[nodiscard]] bool empty() const { return begin_ == end_; }

    // Where the next received bytes go: at least one, at best so many that unread() can get
    // `expected` long.
    std::span<char> make_room(std::size_t expected, BufferPool& pool);
    void commit(std::size_t n) { end_ += n; }
    // Drops bytes from the front of unread(), or all behind the first n.
    void consume(std::size_t n);
    void cut_to(std::size_t n) { end_ = begin_ + n; }

    // Call before waiting for input: gives back to the pool what is not needed.
    void settle(BufferPool& pool);
    void drop(BufferPool& pool);

  private:
    [[nodiscard]] std::size_t capacity() const {
        return buffer_.size < kBodyPadding ? 0 : buffer_.size - kBodyPadding;
    }
    void move_to(Buffer buffer, BufferPool& pool);

    Buffer buffer_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

}  // namespace inlet::http
