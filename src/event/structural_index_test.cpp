// What we rely on of simdjson's first stage: run against every version of it that we build with.
#include "event/structural_index.hpp"

#include "support/render_fixture.hpp"

namespace inlet::event {
namespace {

using Positions = std::vector<std::uint32_t>;

class StructuralIndexTest : public testing::Test {
  protected:
    std::optional<Positions> positions(std::string_view text) {
        PaddedBody const padded(text);
        if (!index_.build(padded)) return std::nullopt;
        EXPECT_EQ(*index_.end(), text.size());
        return Positions(index_.begin(), index_.end());
    }

    StructuralIndex index_;
};

TEST_F(StructuralIndexTest, ListsMarksStringsAndScalars) {
    EXPECT_EQ(positions(R"({"a" : [1, true]})"), (Positions{0, 1, 5, 7, 8, 9, 11, 15, 16}));
}

TEST_F(StructuralIndexTest, HasNoEntryInsideOfStrings) {
    EXPECT_EQ(positions(R"("{\"[,:]}\\")"), Positions{0});
}

TEST_F(StructuralIndexTest, HasAnEntryForWhateverFollowsAString) {
    EXPECT_EQ(positions(R"("a"b)"), (Positions{0, 3}));
    EXPECT_EQ(positions(R"("a""b")"), (Positions{0, 3}));
    EXPECT_EQ(positions(R"("a"1 )"), (Positions{0, 3}));
    EXPECT_EQ(positions(R"("a"\)"), (Positions{0, 3}));
}

TEST_F(StructuralIndexTest, CountsAStringBehindAScalarAsPartOfIt) {
    EXPECT_EQ(positions(R"(1"a b")"), Positions{0});
}

TEST_F(StructuralIndexTest, RefusesTextsThatCannotBeJson) {
    for (std::string_view const bad :
         {"", "  ", "\"", R"("\")", "\"\n\"", "\"\x1f\"", "\"\xff\"", "\xC3", "\"\xED\xA0\x80\""}) {
        EXPECT_FALSE(positions(bad)) << bad;
    }
}

TEST_F(StructuralIndexTest, GrowsWithTheText) {
    for (std::size_t size : {1U, 63U, 64U, 65U, 16'384U, 16'385U, 100'000U, 1U << 20U}) {
        EXPECT_EQ(positions(std::string(size, ',')).value_or(Positions{}).size(), size);
    }
    EXPECT_EQ(positions("[]"), (Positions{0, 1}));
}

}  // namespace
}  // namespace inlet::event
