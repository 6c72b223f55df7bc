#include "aws/interrupt.hpp"

#include <sys/eventfd.h>

#include <poll.h>
#include <unistd.h>

#include "base/check.hpp"
#include "base/clock.hpp"

namespace inlet::aws {

Interrupt::Interrupt() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    CHECK(fd_ >= 0);
}

Interrupt::~Interrupt() {
    ::close(fd_);
}

void Interrupt::raise() {
    raised_.store(true);
    std::uint64_t const one = 1;
    (void)!::write(fd_, &one, sizeof one);
}

bool Interrupt::sleep_ms(std::int64_t ms) {
    auto const end_ms = system_clock().steady_ms() + ms;
    while (!raised()) {
        auto const left = end_ms - system_clock().steady_ms();
        if (left <= 0) return true;
        pollfd wait{fd_, POLLIN, 0};
        (void)::poll(&wait, 1, static_cast<int>(left));
    }
    return false;
}

}  // namespace inlet::aws
