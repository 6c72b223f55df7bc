// check.hpp - CHECK(condition): a programmer's error ends the process, in release builds too.
// Going on with a broken invariant could acknowledge what is not stored; a restart recovers.
#pragma once

namespace inlet {

[[noreturn]] void check_failed(char const* condition, char const* file, int line);

}  // namespace inlet

#define CHECK(condition) \
    ((condition) ? static_cast<void>(0) : ::inlet::check_failed(#condition, __FILE__, __LINE__))
