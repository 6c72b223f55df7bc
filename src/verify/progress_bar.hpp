// progress_bar.hpp - how far it is, on a terminal: one line on standard error, written over itself.
// Silent if standard error is no terminal.
// Threads: one.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.hpp"

namespace inlet::verify {

//  [==========          ]  50 %   1.2 GB of 2.4 GB   310 MB/s   4 s left
std::string progress_line(std::uint64_t done, std::uint64_t total, std::int64_t elapsed_ms);

class ProgressBar {
  public:
    explicit ProgressBar(Clock& clock);
    ~ProgressBar();  // clears the line
    ProgressBar(ProgressBar const&) = delete;
    ProgressBar& operator=(ProgressBar const&) = delete;

    // Draws at most five times a second.
    void show(std::uint64_t done, std::uint64_t total);

  private:
    Clock& clock_;
    bool const on_terminal_;
    std::int64_t const started_ms_;
    std::int64_t next_ms_;
};

}  // namespace inlet::verify
