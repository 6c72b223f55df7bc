#include "aws/credential_schedule.hpp"

#include "aws/credential_fixture.hpp"

namespace inlet::aws {
namespace {

constexpr std::int64_t kSecondMs = 1'000;
constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;

class ScheduleTest : public testing::Test {
  protected:
    Credentials lasting() { return {"AKLASTING", "s", "", {}}; }
    Credentials for_ms(std::int64_t ms) {
        return {"ASIA" + std::to_string(++issued), "s", "t", clock.unix_ms() + ms};
    }
    static Error down() { return fail(Errc::timeout, "instance metadata"); }

    // The key, "wait", or "error".
    std::string answer() {
        auto const given = schedule.answer();
        if (!given) return "wait";
        return *given ? given->value().access_key_id : "error";
    }
    bool due() { return schedule.wait_ms() == 0; }
    // Goes on in time until a fetch is due; how long that took.
    std::int64_t pass_until_due() {
        std::int64_t passed_ms = 0;
        for (std::int64_t ms; (ms = schedule.wait_ms()) > 0; passed_ms += ms) clock.advance_ms(ms);
        return passed_ms;
    }

    test::ManualClock clock;
    CredentialSchedule schedule{clock, 42};
    int issued = 0;
};

TEST_F(ScheduleTest, FetchesAtOnceAndAnswersNothingUntilThen) {
    EXPECT_TRUE(due());
    EXPECT_EQ(answer(), "wait");
    schedule.fetched(lasting());
    EXPECT_EQ(answer(), "AKLASTING");
}

TEST_F(ScheduleTest, NeverFetchesAgainWhatDoesNotExpire) {
    schedule.fetched(lasting());
    for (int minute = 0; minute < 24 * 60; ++minute) {
        EXPECT_EQ(schedule.wait_ms(), kMinuteMs);
        clock.advance_ms(kMinuteMs);
    }
    EXPECT_EQ(answer(), "AKLASTING");
}

TEST_F(ScheduleTest, FetchesFifteenMinutesBeforeTheyExpire) {
    schedule.fetched(for_ms(6 * kHourMs));
    EXPECT_EQ(pass_until_due(), 6 * kHourMs - 15 * kMinuteMs);
    EXPECT_EQ(answer(), "ASIA1");
    schedule.fetched(for_ms(6 * kHourMs));
    EXPECT_EQ(answer(), "ASIA2");
}

TEST_F(ScheduleTest, TriesEachMinuteWhileThereIsTimeAndMoreOftenThen) {
    schedule.fetched(for_ms(kHourMs));
    pass_until_due();
    for (int left = 15; left > 10; --left) {
        schedule.fetched(down());
        EXPECT_EQ(answer(), "ASIA1");
        EXPECT_EQ(pass_until_due(), kMinuteMs) << left;
    }
    schedule.fetched(down());
    EXPECT_EQ(pass_until_due(), 1 * kSecondMs);
    EXPECT_EQ(answer(), "ASIA1");
}

TEST_F(ScheduleTest, BacksOffFromASecondToAMinute) {
    std::int64_t longest_ms = 0;
    for (int i = 0; i < 100; ++i) {
        schedule.fetched(down());
        EXPECT_EQ(answer(), "error");
        auto const passed_ms = pass_until_due();
        EXPECT_GE(passed_ms, i < 7 ? kSecondMs : 30 * kSecondMs);
        EXPECT_LE(passed_ms, std::min(kMinuteMs, kSecondMs << std::min(i, 10)));
        longest_ms = std::max(longest_ms, passed_ms);
    }
    EXPECT_GT(longest_ms, 55 * kSecondMs);
    schedule.fetched(lasting());
    EXPECT_EQ(answer(), "AKLASTING");
}

TEST_F(ScheduleTest, AnswersWithTheReasonOnceTheyHaveExpired) {
    schedule.fetched(for_ms(kHourMs));
    clock.advance_ms(kHourMs - 1);
    schedule.fetched(down());
    EXPECT_EQ(answer(), "ASIA1");
    clock.advance_ms(1);
    EXPECT_EQ(answer(), "error");
    EXPECT_EQ(schedule.answer()->error().context, "instance metadata");
}

TEST_F(ScheduleTest, WaitsForAFetchIfTheClockIsSetForward) {
    schedule.fetched(for_ms(kHourMs));
    clock.advance_ms(5 * kSecondMs);
    clock.set_unix_ms(clock.unix_ms() + 24 * kHourMs);
    EXPECT_EQ(answer(), "wait");
    EXPECT_TRUE(due());
}

TEST_F(ScheduleTest, TakesExpiredOnesForAFailure) {
    schedule.fetched(for_ms(0));
    EXPECT_EQ(answer(), "error");
    EXPECT_THAT(schedule.failure()->context,
                testing::HasSubstr("expired at 2026-11-22T11:04:02.123Z, before they came"));
    EXPECT_EQ(pass_until_due(), kSecondMs);
}

TEST_F(ScheduleTest, FetchesShortLivedOnesAtHalfTime) {
    for (std::int64_t const life_ms : {15 * kMinuteMs, 5 * kMinuteMs, 10 * kSecondMs}) {
        schedule.fetched(for_ms(life_ms));
        EXPECT_EQ(pass_until_due(), life_ms / 2);
    }
    schedule.fetched(for_ms(kSecondMs / 2));
    EXPECT_EQ(pass_until_due(), kSecondMs);
}

TEST_F(ScheduleTest, FetchesAtOnceWhatWasRefused) {
    auto const first = for_ms(kHourMs);
    schedule.fetched(first);
    clock.advance_ms(kMinuteMs);
    EXPECT_TRUE(schedule.refused(first));
    EXPECT_EQ(answer(), "wait");
    EXPECT_TRUE(due());
    schedule.fetched(for_ms(kHourMs));
    EXPECT_EQ(answer(), "ASIA2");
    EXPECT_FALSE(schedule.refused(first)) << "a late word about old ones";
    EXPECT_EQ(answer(), "ASIA2");
}

TEST_F(ScheduleTest, FetchesRefusedOnesNotMoreThanOnceInASecond) {
    schedule.fetched(lasting());
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(schedule.refused(lasting()));
        EXPECT_FALSE(schedule.refused(lasting()));
        EXPECT_EQ(pass_until_due(), kSecondMs);
        schedule.fetched(lasting());
        EXPECT_EQ(answer(), "AKLASTING") << "there are no others";
    }
}

TEST_F(ScheduleTest, AnswersWithTheReasonIfThereIsNothingForRefusedOnes) {
    auto const first = for_ms(kHourMs);
    schedule.fetched(first);
    clock.advance_ms(50 * kMinuteMs);
    schedule.fetched(down());
    EXPECT_TRUE(schedule.refused(first));
    EXPECT_EQ(answer(), "wait") << "an older failure is no answer";
    EXPECT_EQ(pass_until_due(), kSecondMs);
    schedule.fetched(down());
    EXPECT_EQ(answer(), "error");
}

// Roles of an hour; the place is down for 10 minutes of each hour, and once for 14.
TEST_F(ScheduleTest, BridgesADayOfFaults) {
    auto const begin_ms = clock.unix_ms();
    int fetches = 0;
    int failures = 0;
    while (clock.unix_ms() - begin_ms < 24 * kHourMs) {
        auto const minute = (clock.unix_ms() - begin_ms) / kMinuteMs;
        bool const is_down = minute % 60 >= 40 && minute % 60 < (minute / 60 == 12 ? 54 : 50);
        if (due()) {
            ++fetches;
            failures += is_down ? 1 : 0;
            schedule.fetched(is_down ? Result<Credentials>(down()) : for_ms(kHourMs));
        }
        ASSERT_EQ(answer().substr(0, 4), "ASIA") << minute;
        clock.advance_ms(std::clamp(schedule.wait_ms(), kSecondMs, kMinuteMs));
    }
    EXPECT_GT(failures, 0);
    EXPECT_GE(fetches - failures, 24);
    EXPECT_LE(fetches, 24 * 20);
}

TEST_F(ScheduleTest, FetchesAnHourlyRoleOnce45MinutesOfADay) {
    auto const begin_ms = clock.unix_ms();
    int fetches = 0;
    while (clock.unix_ms() - begin_ms < 24 * kHourMs) {
        if (due()) {
            ++fetches;
            schedule.fetched(for_ms(kHourMs));
        }
        clock.advance_ms(schedule.wait_ms());
    }
    EXPECT_EQ(fetches, 32);
}

}  // namespace
}  // namespace inlet::aws
