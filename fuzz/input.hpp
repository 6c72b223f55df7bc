// input.hpp - takes numbers and texts off the front of a fuzzer's input; zeros and empty texts once it is used up.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace inlet::fuzz {

class Input {
  public:
    Input(std::uint8_t const* data, std::size_t size)
        : rest_(reinterpret_cast<char const*>(data), size) {}

    [[nodiscard]] bool empty() const { return rest_.empty(); }

    std::uint8_t byte() {
        if (rest_.empty()) return 0;
        auto const first = static_cast<std::uint8_t>(rest_.front());
        rest_.remove_prefix(1);
        return first;
    }
    // Little-endian.
    std::uint64_t number(int bytes) {
        std::uint64_t value = 0;
        for (int i = 0; i < bytes; ++i) value |= static_cast<std::uint64_t>(byte()) << (8 * i);
        return value;
    }
    std::string_view text(std::size_t size) {
        auto const taken = rest_.substr(0, size);
        rest_.remove_prefix(taken.size());
        return taken;
    }
    // Up to the delimiter, which is taken too; all if there is none.
    std::string_view until(std::string_view delimiter) {
        auto const end = std::min(rest_.find(delimiter), rest_.size());
        auto const taken = rest_.substr(0, end);
        rest_.remove_prefix(std::min(end + delimiter.size(), rest_.size()));
        return taken;
    }
    std::string_view rest() { return text(rest_.size()); }

  private:
    std::string_view rest_;
};

}  // namespace inlet::fuzz
