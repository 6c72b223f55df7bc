#include "verify/progress_bar.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <string_view>

#include <unistd.h>

namespace inlet::verify {
namespace {

constexpr std::int64_t kRedrawMs = 200;
constexpr std::size_t kBarWidth = 20;

std::string bytes_text(double bytes) {
    constexpr std::array<std::string_view, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    while (bytes >= 1000 && unit + 1 < kUnits.size()) {
        bytes /= 1000;
        ++unit;
    }
    std::array<char, 32> number = {};
    std::snprintf(number.data(), number.size(), bytes < 10 && unit > 0 ? "%.1f " : "%.0f ", bytes);
    return number.data() + std::string(kUnits[unit]);
}

std::string duration_text(std::uint64_t seconds) {
    if (seconds < 60) return std::to_string(seconds) + " s";
    if (seconds < 3600)
        return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
    return std::to_string(seconds / 3600) + " h " + std::to_string(seconds % 3600 / 60) + " min";
}

}  // namespace

std::string progress_line(std::uint64_t done, std::uint64_t total, std::int64_t elapsed_ms) {
    done = std::min(done, total);
    double const share = total == 0 ? 1 : static_cast<double>(done) / static_cast<double>(total);
    auto const filled = static_cast<std::size_t>(share * kBarWidth);
    std::string line = "[" + std::string(filled, '=') + std::string(kBarWidth - filled, ' ') + "] ";
    auto const percent = std::to_string(static_cast<int>(share * 100));
    line += std::string(3 - std::min<std::size_t>(3, percent.size()), ' ') + percent + " %";
    line += "   " + bytes_text(static_cast<double>(done)) + " of " +
            bytes_text(static_cast<double>(total));
    if (elapsed_ms <= 0 || done == 0) return line;
    double const per_second = static_cast<double>(done) * 1000 / static_cast<double>(elapsed_ms);
    line += "   " + bytes_text(per_second) + "/s";
    line +=
        "   " +
        duration_text(static_cast<std::uint64_t>(static_cast<double>(total - done) / per_second)) +
        " left";
    return line;
}

ProgressBar::ProgressBar(Clock& clock)
    : clock_(clock),
      on_terminal_(::isatty(STDERR_FILENO) == 1),
      started_ms_(clock.steady_ms()),
      next_ms_(started_ms_ + kRedrawMs) {}

ProgressBar::~ProgressBar() {
    if (on_terminal_) std::fputs("\r\x1b[K", stderr);
}

void ProgressBar::show(std::uint64_t done, std::uint64_t total) {
    if (!on_terminal_) return;
    auto const now = clock_.steady_ms();
    if (now < next_ms_) return;
    next_ms_ = now + kRedrawMs;
    std::fputs(("\r" + progress_line(done, total, now - started_ms_) + "\x1b[K").c_str(), stderr);
}

}  // namespace inlet::verify
