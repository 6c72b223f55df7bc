// chaos_disk.hpp - the disk of a simulated machine: passes every call on to the one in memory, lets some of them fail,
// and stops the process at a chosen call. What a crash leaves is faulty_file_system.hpp's.
// Threads: one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/file.hpp"
#include "sim/dice.hpp"
#include "sim/trace.hpp"
#include "support/faulty_file_system.hpp"
#include "support/manual_clock.hpp"

namespace inlet::sim {

class ChaosDisk final : public FileSystem {
  public:
    // Of a thousand calls so many fail.
    struct Weather {
        std::uint64_t failing_changes = 0;
        std::uint64_t failing_reads = 0;
        std::uint64_t slow_syncs = 0;  // take up to a minute
        int err = 0;                   // EIO or ENOSPC
    };

    ChaosDisk(test::FaultyFileSystem& below, test::ManualClock& clock, Trace& trace, Dice& dice)
        : below_(below), clock_(clock), trace_(trace), dice_(dice) {}

    Result<std::unique_ptr<File>> open(std::string const& path, OpenMode mode) override;
    Result<void> rename(std::string const& from, std::string const& to) override;
    Result<void> remove(std::string const& path) override;
    Result<void> make_directories(std::string const& path) override;
    Result<void> sync_directory(std::string const& path) override;
    Result<std::vector<std::string>> list(std::string const& path) override;
    Result<std::uint64_t> free_bytes(std::string const& path) override;

    void set_weather(Weather const& weather) { weather_ = weather; }
    // The process dies at the n-th call from now that changes something: it may be done, in part or not at all.
    void die_at(std::uint64_t n) { calls_to_live_ = n; }
    void die() { dead_ = true; }
    // Nothing that the process does from here on reaches anybody.
    [[nodiscard]] bool dead() const { return dead_; }
    // The machine or the process starts again.
    void revive(test::Crash mode);

    // Calls that failed since the last time this was asked, for want of room too.
    std::uint64_t take_failures() { return std::exchange(failures_, 0); }

  private:
    class OpenFile;
    // Lets `call` reach the disk below as the weather and the process's life allow.
    template <class Call>
    auto change(char const* what, std::string const& path, Call call) -> decltype(call());
    Result<void> reading(std::string const& path);

    test::FaultyFileSystem& below_;
    test::ManualClock& clock_;
    Trace& trace_;
    Dice& dice_;
    Weather weather_;
    std::uint64_t calls_to_live_ = 0;  // 0: for ever
    bool dead_ = false;
    std::uint64_t failures_ = 0;
};

}  // namespace inlet::sim
