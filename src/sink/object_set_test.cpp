#include "sink/object_set.hpp"

#include <gtest/gtest.h>

#include "sink/rows_fixture.hpp"

namespace inlet::sink {
namespace {

using namespace test;

// Counts what its writers were given, and knows nothing else.
class CountingStore final : public ObjectStore {
  public:
    explicit CountingStore(std::uint64_t max) : max_(max) {}

    [[nodiscard]] std::optional<std::uint64_t> max_buffered() const override { return max_; }
    Result<std::unique_ptr<ObjectWriter>> create(std::string const& /*key*/,
                                                 std::optional<ObjectInfo> const& known) override {
        ++(known ? promised : blind);
        return std::unique_ptr<ObjectWriter>(std::make_unique<Writer>(*this));
    }
    Result<std::unique_ptr<ObjectReader>> open(std::string const& key) override {
        return fail(Errc::not_found, key);
    }
    Result<void> list(std::string_view /*prefix*/,
                      std::function<void(ObjectEntry)> const& /*take*/) override {
        return success();
    }

    int blind = 0;
    int promised = 0;
    std::uint64_t held = 0;
    std::uint64_t most_held = 0;
    std::uint64_t appended = 0;
    std::map<std::string, std::uint64_t> finished;  // rows by hash

  private:
    class Writer final : public ObjectWriter {
      public:
        explicit Writer(CountingStore& store) : store_(store) {}
        ~Writer() override { store_.held -= held_; }
        Writer(Writer const&) = delete;
        Writer& operator=(Writer const&) = delete;
        Result<void> append(std::string_view bytes) override {
            held_ += bytes.size();
            store_.held += bytes.size();
            store_.appended += bytes.size();
            store_.most_held = std::max(store_.most_held, store_.held);
            return success();
        }
        Result<PutResult> finish(ObjectInfo const& info) override {
            store_.finished[info.sha256] += info.rows;
            return PutResult::created;
        }

      private:
        CountingStore& store_;
        std::uint64_t held_ = 0;
    };

    std::uint64_t max_;
};

std::vector<TestRow> rows_of(std::size_t count, std::vector<std::string> const& types) {
    std::vector<TestRow> rows;
    for (std::size_t i = 0; i < count; ++i)
        rows.push_back({types[i % types.size()], std::string(999, 'x') + "\n"});
    return rows;
}

constexpr std::uint64_t kMax = 4 << 20;

TEST(ObjectSet, KeepsNoMoreThanTheStoreAllowsAndAPiece) {
    auto const rows = rows_of(20'000, {"track", "alias", "profile"});
    CountingStore store(kMax);
    ObjectPlan const plan = {"place", Codec::off, "node", 1, rows.size()};
    ObjectSet objects(store, plan);
    Rows stream(rows);
    ASSERT_TRUE(objects.take(stream));
    EXPECT_TRUE(objects.outgrown());
    EXPECT_EQ(objects.infos().size(), 3U) << "known all the same";
    EXPECT_LE(store.most_held, kMax + kPieceBytes + 1'000);
    EXPECT_EQ(store.held, 0U);
    EXPECT_EQ(store.appended, store.most_held) << "then it only counts";
    EXPECT_TRUE(store.finished.empty());
}

TEST(ObjectSet, GivesBackWhatItKeptWhenANewTypeComesLate) {
    auto rows = rows_of(10'000, {"track"});
    rows.push_back({"alias", "a\n"});
    CountingStore store(kMax);
    ObjectPlan const plan = {"place", Codec::off, "node", 1, rows.size()};
    ObjectSet first(store, plan);
    Rows stream(rows);
    ASSERT_TRUE(first.take(stream));
    ASSERT_TRUE(first.outgrown());
    EXPECT_EQ(store.blind, 1);
    ObjectSet second(store, plan, first.infos());
    stream.rewind();
    ASSERT_TRUE(second.take(stream));
    EXPECT_FALSE(second.outgrown()) << "what is promised may be of any size";
    auto const done = second.publish().value();
    EXPECT_EQ(done.rows, rows.size());
    EXPECT_EQ(store.promised, 2);
    EXPECT_EQ(store.finished.size(), 2U);
}

TEST(ObjectSet, WritesAtOnceWhatFits) {
    auto const rows = rows_of(4'000, {"track", "alias"});
    CountingStore store(kMax);
    ObjectPlan const plan = {"place", Codec::off, "node", 1, rows.size()};
    ObjectSet objects(store, plan);
    Rows stream(rows);
    ASSERT_TRUE(objects.take(stream));
    EXPECT_FALSE(objects.outgrown());
    EXPECT_EQ(objects.publish().value().objects, 2U);
}

TEST(ObjectSet, RefusesRowsThatWereNotPromised) {
    auto const rows = rows_of(3, {"track"});
    auto const others = {rows_of(2, {"track"}), rows_of(3, {"alias"}),
                         rows_of(3, {"track", "alias"})};
    for (auto const& other : others) {
        CountingStore store(kMax);
        ObjectPlan const plan = {"place", Codec::off, "node", 1, rows.size()};
        ObjectSet first(store, plan);
        Rows stream(rows);
        ASSERT_TRUE(first.take(stream));
        ObjectSet second(store, plan, first.infos());
        Rows changed(other);
        EXPECT_EQ(second.take(changed).error().code, Errc::io);
        EXPECT_TRUE(store.finished.empty());
    }
}

TEST(ObjectSet, RefusesRowsThatWereNotPlanned) {
    auto const rows = rows_of(3, {"track"});  // seq 1 to 3
    for (auto const& plan : {ObjectPlan{"place", Codec::off, "node", 2, 3},
                             ObjectPlan{"place", Codec::off, "node", 1, 2}}) {
        CountingStore store(kMax);
        ObjectSet objects(store, plan);
        Rows stream(rows);
        EXPECT_EQ(objects.take(stream).error().code, Errc::corrupt);
        EXPECT_TRUE(store.finished.empty());
    }
}

}  // namespace
}  // namespace inlet::sink
