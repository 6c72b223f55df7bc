#include "http/buffer_pool.hpp"

#include <algorithm>
#include <utility>

namespace inlet::http {

Buffer BufferPool::take(std::size_t min_size) {
    min_size = std::max(min_size, kMinSize);
    auto const fits = [min_size](Buffer const& b) { return b.size >= min_size; };
    // The last ones are still in the processor's cache.
    auto const found = std::find_if(buffers_.rbegin(), buffers_.rend(), fits);
    if (found == buffers_.rend()) {
        lent_ += min_size;
        return {std::unique_ptr<char[]>(new char[min_size]), min_size};
    }
    Buffer buffer = std::move(*found);
    lent_ += buffer.size;
    kept_ -= buffer.size;
    *found = std::move(buffers_.back());
    buffers_.pop_back();
    return buffer;
}

void BufferPool::give_back(Buffer buffer) {
    if (buffer.size < kMinSize) return;  // not from here
    lent_ -= buffer.size;
    if (kept_ + buffer.size > kMaxKept) return;
    kept_ += buffer.size;
    buffers_.push_back(std::move(buffer));
}

std::string BufferPool::take_text() {
    if (texts_.empty()) return {};
    std::string text = std::move(texts_.back());
    texts_.pop_back();
    kept_ -= text.capacity();
    return text;
}

void BufferPool::give_back_text(std::string text) {
    if (text.capacity() < 64 || text.capacity() > kMaxKept / 16 ||
        kept_ + text.capacity() > kMaxKept)
        return;
    text.clear();
    kept_ += text.capacity();
    texts_.push_back(std::move(text));
}

}  // namespace inlet::http
