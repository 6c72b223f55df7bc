#include "aws/termination_notice.hpp"

#include "aws/credential_fixture.hpp"

namespace inlet::aws {
namespace {

class NoticeTest : public CredentialTest {
  protected:
    static constexpr char const* kBase = "http://169.254.169.254/latest/";
    // Empty: there is none.
    void metadata_says(std::string_view lifecycle_state, std::string_view spot_action = {}) {
        http.forget();
        http.answer("PUT", kBase + std::string("api/token"), 200, "token");
        answer("autoscaling/target-lifecycle-state", lifecycle_state);
        answer("spot/instance-action", spot_action);
    }
    void answer(std::string const& path, std::string_view text) {
        auto const url = kBase + std::string("meta-data/") + path;
        http.answer("GET", url, text.empty() ? 404 : 200, text);
    }
    Result<std::optional<TerminationNotice>> ask() {
        InstanceMetadata metadata(http, {});
        return termination_notice(metadata);
    }
};

TEST_F(NoticeTest, NothingIsAnnounced) {
    metadata_says("");
    EXPECT_FALSE(ask().value().has_value());
}

TEST_F(NoticeTest, AnInstanceInServiceGoesOn) {
    metadata_says("InService");
    EXPECT_FALSE(ask().value().has_value());
}

TEST_F(NoticeTest, AGroupEndsTheInstance) {
    metadata_says("Terminated");
    auto const notice = ask();
    ASSERT_TRUE(notice.value());
    EXPECT_EQ(notice.value()->ends_at_unix_ms, std::nullopt);
}

TEST_F(NoticeTest, ASpotInstanceIsInterrupted) {
    metadata_says("InService", R"({"action":"stop","time":"2026-11-22T11:04:02Z"})");
    EXPECT_TRUE(ask().value().has_value());
}

TEST(SpotAction, SaysWhatHappensAndWhen) {
    auto const notice = read_spot_action(R"({"action":"terminate","time":"2026-11-22T11:04:02Z"})");
    ASSERT_TRUE(notice.value());
    EXPECT_EQ(notice.value()->ends_at_unix_ms, 1'795'345'442'000);
    EXPECT_THAT(notice.value()->reason, testing::HasSubstr("terminate"));
    EXPECT_TRUE(read_spot_action(R"({"action":"stop"})").value());
    EXPECT_FALSE(read_spot_action(R"({"action":"hibernate"})").value());
    for (auto const* bad : {"", "{", "[]", "{}", R"({"action":1})"})
        EXPECT_EQ(read_spot_action(bad).error().code, Errc::invalid) << bad;
}

TEST_F(NoticeTest, AServiceThatIsDownIsAnError) {
    EXPECT_FALSE(ask());
}

}  // namespace
}  // namespace inlet::aws
