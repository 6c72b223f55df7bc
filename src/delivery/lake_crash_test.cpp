// Journal, pump and local lake together, with a crash at every call that reaches the disk: each acknowledged row is
// in the lake exactly once in the end.
#include <gmock/gmock.h>
#include <set>

#include "delivery/delivery_fixture.hpp"
#include "sink/lake.hpp"

namespace inlet::delivery {
namespace {

using test::Crash;

// One history on a disk of its own.
class History : public DeliveryTest {
  public:
    void TestBody() override {}

    static constexpr char const* kLake = "lake";

    sink::Sink& sink_in_use() override { return *lake; }

    // What a start does: journal, sink, pump. False where the disk does not let it.
    bool start() {
        auto const lanes = journal::read_lanes(fs, kDir);
        if (!lanes || !try_open(journal::furthest(lanes.value()))) return false;
        sink::LakeOptions lake_options;
        lake_options.dir = kLake;
        lake_options.compression = Codec::off;
        lake_options.min_free_bytes = 0;
        auto made = sink::make_lake(fs, lake_options);
        if (!made) return false;
        lake = std::move(made.value());
        return try_start_pump().has_value();
    }
    void work() {
        if (!start()) return;
        for (int i = 0; i < 3; ++i) {
            add_rows(2);
            step(true);
            if (pump->caught_up()) journal->release(pump->keep_from());
        }
    }
    void stop() {
        pump.reset();
        journal.reset();
    }
    // Every line of every object, and that no line is there twice.
    void check_lake() {
        std::map<std::string, int> lines;
        for (auto const& file : fs.files()) {
            if (!file.starts_with(std::string(kLake) + "/raw/")) continue;
            auto const content = *fs.bytes(file);
            for (std::string_view rest = content; !rest.empty();) {
                auto const line = rest.substr(0, rest.find('\n') + 1);
                ASSERT_FALSE(line.empty()) << "torn: " << file;
                ++lines[std::string(line.substr(line.find(",\"userId\"")))];
                rest.remove_prefix(line.size());
            }
        }
        for (auto const& [line, count] : lines) EXPECT_EQ(count, 1) << line;
        for (auto const& [seq, text] : acknowledged)
            EXPECT_EQ(lines.count(text), 1U) << "lost: seq " << seq;
    }

    using DeliveryTest::add_rows;
    using DeliveryTest::fs;
    using DeliveryTest::pump;
    using DeliveryTest::step;
    std::unique_ptr<sink::Sink> lake;
};

TEST(LakeCrash, ACrashAtAnyCallNeitherLosesNorRepeatsARow) {
    for (auto mode : {Crash::lose_unsynced, Crash::keep_some, Crash::keep_all}) {
        for (std::uint64_t n = 1;; ++n) {
            SCOPED_TRACE("crash at call " + std::to_string(n) + ", mode " +
                         std::to_string(static_cast<int>(mode)));
            History history;
            history.fs.fail_call({.call = n, .persistent = true, .partial_bytes = 100});
            history.work();
            bool const reached = history.fs.calls() >= n;
            history.stop();
            history.fs.crash(mode, n);
            ASSERT_TRUE(history.start());
            history.add_rows(1);
            history.step(true);
            EXPECT_TRUE(history.pump->caught_up());
            history.check_lake();
            history.stop();
            if (testing::Test::HasFailure()) return;
            if (!reached) break;
        }
    }
}

}  // namespace
}  // namespace inlet::delivery
