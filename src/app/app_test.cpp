#include "app/app.hpp"

#include <chrono>
#include <condition_variable>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>

#include "support/faulty_file_system.hpp"
#include "support/forwarding_file_system.hpp"
#include "support/manual_clock.hpp"
#include "support/raw_client.hpp"

namespace inlet::app {
namespace {

// A disk on which syncs hang while the gate is shut.
class Gate {
  public:
    // Open again at the end of the scope: whoever ends the server waits for its syncs.
    [[nodiscard]] auto shut() {
        std::lock_guard const lock(mutex_);
        is_shut_ = true;
        auto const open_again = [](Gate* gate) { gate->open(); };
        return std::unique_ptr<Gate, decltype(open_again)>(this, open_again);
    }
    void open() {
        std::lock_guard const lock(mutex_);
        is_shut_ = false;
        changed_.notify_all();
    }
    void pass() {
        std::unique_lock lock(mutex_);
        ++waiting_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return !is_shut_; });
        --waiting_;
    }
    bool a_sync_waits() {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, std::chrono::seconds(20), [this] { return waiting_ > 0; });
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool is_shut_ = false;
    int waiting_ = 0;
};

class HangingFile final : public test::ForwardingFile {
  public:
    HangingFile(std::unique_ptr<File> below, Gate& gate)
        : ForwardingFile(std::move(below)), gate_(gate) {}
    Result<void> sync() override {
        gate_.pass();
        return ForwardingFile::sync();
    }

  private:
    Gate& gate_;
};

class HangingFileSystem final : public test::ForwardingFileSystem {
  public:
    HangingFileSystem(FileSystem& below, Gate& gate) : ForwardingFileSystem(below), gate_(gate) {}
    Result<std::unique_ptr<File>> open(std::string const& path, OpenMode mode) override {
        TRY(auto file, ForwardingFileSystem::open(path, mode));
        return std::unique_ptr<File>(std::make_unique<HangingFile>(std::move(file), gate_));
    }

  private:
    Gate& gate_;
};

std::string track() {
    std::string const body =
        R"({"userId":"u","events":[{"eventName":"e","metadata":{},"timestampUTC":1732273445123}]})";
    return "POST /track HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
}

config::Config on_memory() {
    config::Config config;
    config.server.listen = {"127.0.0.1:0"};
    config.server.threads = 1;
    config.admin.listen = {"127.0.0.1:0"};
    config.journal.dir = "var/journal";
    config.lake.enabled = false;
    return config;
}

TEST(AppTest, ASlowSyncKeepsItAliveAndOneThatHangsDoesNotUntilItEnds) {
    test::FaultyFileSystem disk;
    Gate gate;
    HangingFileSystem fs(disk, gate);
    test::ManualClock clock;
    App app(fs, clock, on_memory());
    ASSERT_TRUE(app.start());
    test::RawClient client(app.addresses().front());
    ASSERT_EQ(client.send(track()).read_reply().status, 200);
    EXPECT_TRUE(app.alive());

    auto shut = gate.shut();
    client.send(track());
    ASSERT_TRUE(gate.a_sync_waits());
    clock.advance_ms(59'000);
    EXPECT_TRUE(app.alive());
    clock.advance_ms(2'000);
    EXPECT_FALSE(app.alive());
    // Only the commit loop counts: the io threads go on answering.
    test::RawClient other(app.addresses().front());
    other.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(other.read_reply().status, 200);
    EXPECT_FALSE(app.alive());

    shut.reset();
    EXPECT_EQ(client.read_reply().status, 200);
    ASSERT_EQ(client.send(track()).read_reply().status, 200);  // the next time round
    EXPECT_TRUE(app.alive());
}

}  // namespace
}  // namespace inlet::app
