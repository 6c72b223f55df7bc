// span.hpp - a value inside a body: where it stands, and how much white space lies between its
// tokens.
#pragma once

#include <cstddef>
#include <cstdint>

namespace inlet::event {

struct Span {
    std::uint32_t begin = 0;  // first byte
    std::uint32_t end = 0;    // behind the last byte; 0: there is no such value
    std::uint32_t token = 0;  // number of its first token in the structural index
    std::uint32_t gaps = 0;   // bytes of white space between its tokens

    [[nodiscard]] bool present() const { return end != 0; }
    // Bytes as they are passed on, without the white space.
    [[nodiscard]] std::size_t size() const { return end - begin - gaps; }
};

// A member that the contract does not name: it is passed on in "extra".
struct Member {
    Span name;  // with its quotes
    Span value;

    // "name":value
    [[nodiscard]] std::size_t size() const { return name.size() + 1 + value.size(); }
};

}  // namespace inlet::event
