// The journal on the real file system: durable appends per second with so many requests waiting at a
// time, reading the end of the chain as a start does, and reading entries as delivery does.
// Works in a folder of its own below $INLET_BENCH_DIR (default: the working folder), which must not
// be a tmpfs if the figures are to mean anything; the folder is removed at the end.
#include <atomic>
#include <benchmark/benchmark.h>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

#include "base/check.hpp"
#include "base/log.hpp"
#include "journal/chain.hpp"
#include "journal/intake.hpp"
#include "journal/journal.hpp"
#include "journal/reader.hpp"

namespace inlet::journal {
namespace {

// One row of /track with one event, before its stamp.
std::string const kRow = std::string(399, 'r') + "\n";

// After so many appends what was written counts as delivered, so that its segments are reused.
constexpr std::uint64_t kReleaseEvery = 8192;

class TemporaryFolder {
  public:
    TemporaryFolder() {
        char const* base = std::getenv("INLET_BENCH_DIR");
        auto const name = "inlet-bench-journal-" + std::to_string(::getpid());
        path_ = std::filesystem::absolute(base ? base : ".") / name;
        std::filesystem::create_directories(path_);
    }
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    TemporaryFolder(TemporaryFolder const&) = delete;
    TemporaryFolder& operator=(TemporaryFolder const&) = delete;

    [[nodiscard]] std::string path() const { return path_.string(); }

  private:
    std::filesystem::path path_;
};

// A journal with a fixed number of requests that wait for it, from one io thread, which sleeps until a commit has
// completed some of them.
class Load {
  public:
    Load(std::string const& dir, std::size_t outstanding) : waiters_(outstanding) {
        log::configure(log::Level::warn, log::Format::text);
        auto opened = Journal::open(posix_file_system(), system_clock(), {.dir = dir}, {});
        CHECK(opened);
        journal_ = std::move(opened).value();
        intake_.emplace(*journal_, [this] { wake(); });
        for (auto& waiter : waiters_) append(waiter);
    }
    ~Load() { journal_->stop(); }
    Load(Load const&) = delete;
    Load& operator=(Load const&) = delete;

    // Waits until one request is stored and appends the next in its place.
    void replace_one() {
        while (completed_.empty()) {
            intake_->submit();
            arrived_.wait(false);
            arrived_.store(false);
            completed_ = intake_->take();
        }
        auto* const waiter = completed_.pop();
        CHECK(waiter->stored);
        append(*waiter);
    }
    [[nodiscard]] Journal& journal() { return *journal_; }

  private:
    void wake() {
        arrived_.store(true);
        arrived_.notify_one();
    }
    void append(Waiter& waiter) {
        intake_->rows() += kRow;
        CHECK(intake_->append(1, 1, waiter));
        if (++appended_ % kReleaseEvery == 0) journal_->release(journal_->synced());
    }

    std::vector<Waiter> waiters_;
    std::atomic<bool> arrived_{false};
    WaiterChain completed_;
    std::uint64_t appended_ = 0;
    std::unique_ptr<Journal> journal_;
    std::optional<Intake> intake_;
};

benchmark::Counter per_second(std::uint64_t count) {
    return {static_cast<double>(count), benchmark::Counter::kIsRate};
}

// items_per_second are requests whose rows have survived fdatasync.
void append_and_wait(benchmark::State& state) {
    TemporaryFolder folder;
    Load load(folder.path(), static_cast<std::size_t>(state.range(0)));
    auto const& stats = load.journal().stats();
    auto const commits = stats.commits.get();
    auto const bytes = stats.appended_bytes.get();
    for (auto _ : state) load.replace_one();
    state.SetItemsProcessed(state.iterations());
    state.SetBytesProcessed(static_cast<std::int64_t>(stats.appended_bytes.get() - bytes));
    state.counters["commits"] = per_second(stats.commits.get() - commits);
}

// A segment that is nearly full and was not closed, as a killed process leaves it.
class FullSegment {
  public:
    FullSegment() {
        constexpr std::size_t kEntries = ((64 << 20) - kSegmentHeaderBytes) / entry_bytes(400) - 64;
        constexpr std::size_t kOutstanding = 1024;
        Load load(folder_.path(), kOutstanding);
        for (std::size_t i = kOutstanding; i < kEntries; ++i) load.replace_one();
    }
    [[nodiscard]] std::string path() const { return folder_.path(); }
    [[nodiscard]] Chain chain() const {
        auto found = read_chain(posix_file_system(), path());
        CHECK(found && found.value().segments.size() == 1);
        return std::move(found).value();
    }

  private:
    TemporaryFolder folder_;
};

FullSegment const& full_segment() {
    static FullSegment const segment;
    return segment;
}

// What a start has to read, from the page cache.
void recover_64_mib(benchmark::State& state) {
    auto const& segment = full_segment();
    std::uint64_t bytes = 0;
    for (auto _ : state) bytes += segment.chain().end.offset;
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

// What delivery reads, from the page cache. items_per_second are entries.
void read_entries(benchmark::State& state) {
    auto const& segment = full_segment();
    auto const end = segment.chain().end;
    std::int64_t entries = 0;
    std::int64_t bytes = 0;
    for (auto _ : state) {
        Reader reader(posix_file_system(), segment.path(), {1, kSegmentHeaderBytes, 1},
                      [](Damage const&) {});
        Entry entry = {};
        for (;;) {
            auto const found = reader.next(end, entry);
            CHECK(found);
            if (!found.value()) break;
            ++entries;
            bytes += static_cast<std::int64_t>(entry.text.size());
        }
    }
    state.SetItemsProcessed(entries);
    state.SetBytesProcessed(bytes);
}

// In real time: the work is done by the journal's thread and by the disk.
BENCHMARK(append_and_wait)->Arg(1)->Arg(16)->Arg(64)->Arg(256)->UseRealTime();
BENCHMARK(recover_64_mib)->Unit(benchmark::kMillisecond);
BENCHMARK(read_entries)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace inlet::journal
