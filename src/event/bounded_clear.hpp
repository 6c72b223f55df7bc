// bounded_clear.hpp - empties a buffer that is reused from body to body, and gives back the memory that only
// a hostile body needs: 1 MiB holds 200,000 tiny members.
#pragma once

#include <cstddef>

namespace inlet::event {

template <class Vector>
void bounded_clear(Vector& items) {
    constexpr std::size_t kKept = 16 * 1024;
    items.clear();
    if (items.capacity() > kKept) items.shrink_to_fit();
}

}  // namespace inlet::event
