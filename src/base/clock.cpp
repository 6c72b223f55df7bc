#include "base/clock.hpp"

#include <chrono>

namespace inlet {
namespace {

class SystemClock final : public Clock {
  public:
    std::int64_t unix_ms() override {
        auto now = std::chrono::system_clock::now().time_since_epoch();
        return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    }
    std::int64_t steady_ns() override {
        auto now = std::chrono::steady_clock::now().time_since_epoch();
        return std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
    }
};

}  // namespace

Clock& system_clock() {
    static SystemClock instance;
    return instance;
}

}  // namespace inlet
