#include "base/check.hpp"

#include <cstdio>
#include <cstdlib>

namespace inlet {

void check_failed(char const* condition, char const* file, int line) {
    std::fprintf(stderr, "%s:%d: CHECK(%s) failed\n", file, line, condition);
    std::abort();
}

}  // namespace inlet
