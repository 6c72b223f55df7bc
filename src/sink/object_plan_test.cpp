#include "sink/object_plan.hpp"

#include <gtest/gtest.h>

#include "sink/sink.hpp"

namespace inlet::sink {
namespace {

ObjectPlan example() {
    return {"var/lake", Codec::gzip, "k3v9x2mq4tz7p", 1201, 1950};
}

TEST(ObjectPlan, IsAShortTextWithAVersion) {
    EXPECT_EQ(example().text(),
              "inlet object plan 1\n"
              "destination=var/lake\n"
              "codec=gzip\n"
              "node=k3v9x2mq4tz7p\n"
              "first_seq=1201\n"
              "last_seq=1950\n");
}

TEST(ObjectPlan, ReadsBackEveryDestinationThatIsProper) {
    for (std::string const& destination :
         {std::string("/"), std::string("a=b c"), std::string("größe/\xE6\xBC\xA2"),
          std::string(kMaxDestinationBytes, 'x')}) {
        auto plan = example();
        plan.destination = destination;
        plan.first_seq = 0;
        plan.last_seq = UINT64_MAX;
        ASSERT_LE(plan.text().size(), kMaxPlanBytes);
        EXPECT_EQ(ObjectPlan::parse(plan.text()).value(), plan);
    }
    EXPECT_FALSE(is_proper_destination(""));
    EXPECT_FALSE(is_proper_destination("two\nlines"));
    EXPECT_FALSE(is_proper_destination(std::string_view("a\0b", 3)));
    EXPECT_FALSE(is_proper_destination(std::string(kMaxDestinationBytes + 1, 'x')));
}

TEST(ObjectPlan, RefusesEveryTruncationAndEveryChangedByteOfTheFrame) {
    auto const text = example().text();
    for (std::size_t size = 0; size < text.size(); ++size) {
        EXPECT_EQ(ObjectPlan::parse(text.substr(0, size)).error().code, Errc::corrupt) << size;
    }
    EXPECT_FALSE(ObjectPlan::parse(text + "x"));
    for (auto const& [from, to] :
         {std::pair("plan 1", "plan 2"), std::pair("gzip", "gzap"), std::pair("codec", "codex"),
          std::pair("=1201", "=1951"), std::pair("=1201", "=01"), std::pair("=k3v", "=K3v"),
          std::pair("var/lake", "")}) {
        auto damaged = text;
        damaged.replace(damaged.find(from), std::string_view(from).size(), to);
        EXPECT_FALSE(ObjectPlan::parse(damaged)) << damaged;
    }
}

}  // namespace
}  // namespace inlet::sink
