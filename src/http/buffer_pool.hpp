// buffer_pool.hpp - memory that connections borrow while a request or a reply is under way.
// Threads: each io thread has its own pool.
// Bounds:  keeps at most kMaxKept bytes for reuse; what is lent is counted, and the session looks at it
//          before it takes more (Limits::max_buffered_bytes).
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace inlet::http {

struct Buffer {
    std::unique_ptr<char[]> data;
    std::size_t size = 0;
};

class BufferPool {
  public:
    // The smallest buffer there is: the pages of a request with a body of a few events.
    static constexpr std::size_t kMinSize = 16 * 1024;
    static constexpr std::size_t kMaxKept = 4 * 1024 * 1024;

    Buffer take(std::size_t min_size);
    void give_back(Buffer buffer);

    // Bytes of the buffers that are out, and of what count_lent() added.
    [[nodiscard]] std::size_t lent() const { return lent_; }
    void count_lent(std::size_t bytes) { lent_ += bytes; }
    void count_returned(std::size_t bytes) { lent_ -= bytes; }

    // For replies. Comes back empty, with the capacity it had.
    std::string take_text();
    void give_back_text(std::string text);

  private:
    std::vector<Buffer> buffers_;
    std::vector<std::string> texts_;
    std::size_t kept_ = 0;
    std::size_t lent_ = 0;
};

}  // namespace inlet::http
