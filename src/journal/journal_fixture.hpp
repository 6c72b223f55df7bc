// journal_fixture.hpp - a small language for tests of the journal: open, append and wait, crash, read all back.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "journal/chain.hpp"
#include "journal/intake.hpp"
#include "journal/journal.hpp"
#include "journal/reader.hpp"
#include "support/faulty_file_system.hpp"
#include "support/manual_clock.hpp"

namespace inlet::journal {

// Stands for an io thread: appends, and waits until something is completed.
class Client {
  public:
    explicit Client(Journal& journal) : intake_(journal, [this] { wake(); }) {}

    // Gathers one entry.
    Result<void> append(std::uint8_t tag, std::uint32_t count, std::string_view text,
                        Waiter& waiter) {
        intake_.rows() += text;
        return intake_.append(tag, count, waiter);
    }
    void submit() { intake_.submit(); }
    // The next chain of completions; waits for it.
    WaiterChain wait() {
        std::unique_lock guard(mutex_);
        EXPECT_TRUE(arrived_.wait_for(guard, std::chrono::seconds(20), [&] { return woken_; }));
        woken_ = false;
        return intake_.take();
    }

  private:
    void wake() {
        std::lock_guard guard(mutex_);
        woken_ = true;
        arrived_.notify_one();
    }
    std::mutex mutex_;
    std::condition_variable arrived_;
    bool woken_ = false;
    Intake intake_;
};

struct ReadRow {
    std::uint64_t seq;
    std::string text;
    std::string node;

    friend bool operator==(ReadRow const&, ReadRow const&) = default;
};

struct ReadBack {
    std::vector<ReadRow> rows;
    std::vector<Damage> damage;

    [[nodiscard]] std::uint64_t damaged_rows() const {
        std::uint64_t sum = 0;
        for (auto const& d : damage) sum += d.rows;
        return sum;
    }
};

// All rows between two places, one per line of the entries.
inline ReadBack read_rows(FileSystem& fs, std::string const& dir, Position from, Position limit) {
    ReadBack result;
    Reader reader(fs, dir, from, [&](Damage const& damage) { result.damage.push_back(damage); });
    Entry entry = {};
    for (;;) {
        auto found = reader.next(limit, entry);
        EXPECT_TRUE(found.has_value()) << found.error().message();
        if (!found || !found.value()) return result;
        auto seq = entry.first_seq;
        for (auto rest = entry.text; !rest.empty(); ++seq) {
            auto const line = rest.substr(0, rest.find('\n') + 1);
            result.rows.push_back(
                {seq, std::string(line.substr(0, line.size() - 1)), std::string(entry.node)});
            rest.remove_prefix(line.size());
        }
        EXPECT_EQ(seq, entry.first_seq + entry.rows);
    }
}

class JournalTest : public testing::Test {
  protected:
    static constexpr char const* kDir = "j";

    JournalTest() {
        options.dir = kDir;
        options.segment_bytes = 64 * 1024;
    }

    Result<void> try_open(Position floor = {}) {
        close();
        TRY(journal, Journal::open(fs, clock, options, floor));
        client = std::make_unique<Client>(*journal);
        return success();
    }
    void open(Position floor = {}) {
        auto opened = try_open(floor);
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
    }
    void close() {
        client.reset();
        journal.reset();
    }
    // The process dies; the disk keeps what `mode` says.
    void crash(test::Crash mode, std::uint64_t seed = 1) {
        close();
        fs.crash(mode, seed);
    }

    // Appends one entry of these rows and waits; true if it was acknowledged.
    bool append(std::vector<std::string> const& rows) {
        std::string text;
        for (auto const& row : rows) text += row + "\n";
        return append_text(1, static_cast<std::uint32_t>(rows.size()), text);
    }
    bool append_text(std::uint8_t tag, std::uint32_t count, std::string_view text) {
        Waiter waiter;
        last_refusal = client->append(tag, count, text, waiter);
        if (!last_refusal) return false;
        client->submit();
        EXPECT_EQ(client->wait().pop(), &waiter);
        last_seq = waiter.last_seq;
        return waiter.stored;
    }

    [[nodiscard]] ReadBack read(Position from = {}) {
        return read_rows(fs, kDir, from, journal->synced());
    }
    [[nodiscard]] std::vector<std::string> texts() {
        std::vector<std::string> out;
        for (auto const& row : read().rows) out.push_back(row.text);
        return out;
    }
    [[nodiscard]] std::string segment(std::uint64_t number) const {
        return std::string(kDir) + "/" + segment_name(number);
    }

    // Of the journal, also those that are no part of it any more.
    [[nodiscard]] std::size_t segment_files() const {
        auto const files = fs.files();
        return static_cast<std::size_t>(std::count_if(
            files.begin(), files.end(),
            [](auto const& file) { return file.find(".segment") != std::string::npos; }));
    }

    test::FaultyFileSystem fs;
    test::ManualClock clock;
    Options options;
    std::unique_ptr<Journal> journal;
    std::unique_ptr<Client> client;
    Result<void> last_refusal = success();
    std::uint64_t last_seq = 0;
};

}  // namespace inlet::journal
