#include "aws/process_credentials.hpp"

#include <thread>

#include "aws/child_process.hpp"
#include "aws/credential_fixture.hpp"
#include "base/clock.hpp"

namespace inlet::aws {
namespace {

using ProcessTest = CredentialTest;

std::string error_of(Result<Credentials> const& result) {
    return result ? "none" : result.error().message();
}

TEST_F(ProcessTest, GivesWhatTheProgramPrints) {
    auto const found = run_credential_process(
        R"(sh -c 'printf "{\"Version\":1,\"AccessKeyId\":\"AK%s\",\"SecretAccessKey\":\"s\"}" "$1"' x "1 2" )",
        interrupt);
    EXPECT_EQ(error_of(found),
              "credential_process: the access key id has characters that no key "
              "has (a line end, a blank?): invalid");
    auto const good = run_credential_process(
        R"(sh -c 'printf "{\"Version\":1,\"AccessKeyId\":\"AK%s\",\"SecretAccessKey\":\"s\"}" "$1"' x 12 )",
        interrupt);
    ASSERT_TRUE(good) << good.error().message();
    EXPECT_EQ(good.value().access_key_id, "AK12");
}

TEST_F(ProcessTest, ShowsTheBeginningOfStandardErrorIfTheProgramFails) {
    EXPECT_EQ(error_of(run_credential_process("sh -c 'echo secret; echo please log in >&2; exit 3'",
                                              interrupt)),
              "credential_process: sh ended with status 3: please log in: unavailable");
    auto const wordy = run_credential_process(
        "sh -c 'head -c 1000000 /dev/zero | tr \"\\000\" e >&2; exit 1'", interrupt);
    EXPECT_THAT(error_of(wordy), testing::HasSubstr("eee...: unavailable"));
    EXPECT_LT(error_of(wordy).size(), 700u);
    EXPECT_THAT(error_of(run_credential_process("sh -c 'kill -9 $$'", interrupt)),
                testing::HasSubstr("ended with status 137"));
}

TEST_F(ProcessTest, IsAnErrorIfItCannotBeStarted) {
    EXPECT_EQ(error_of(run_credential_process("/nowhere/at-all --x", interrupt)),
              "credential_process: /nowhere/at-all: No such file or directory");
    EXPECT_EQ(error_of(run_credential_process("get 'x", interrupt)),
              "credential_process: a quote is not closed: invalid");
}

TEST_F(ProcessTest, RefusesOutputThatIsNoDocument) {
    EXPECT_EQ(error_of(run_credential_process("echo hello", interrupt)),
              "credential_process: the reply is no JSON: invalid");
    EXPECT_EQ(error_of(run_credential_process("true", interrupt)),
              "credential_process: the reply is no JSON: invalid");
    EXPECT_EQ(error_of(run_credential_process("cat /dev/zero", interrupt)),
              "credential_process: cat wrote more than 65536 bytes: full");
}

TEST_F(ProcessTest, EndsAtItsDeadlineWithAllThatItStarted) {
    ChildLimits limits;
    limits.deadline_ms = 100;
    auto const began_ms = system_clock().steady_ms();
    auto const result = run_child({"sh", "-c", "sleep 50 & sleep 50"}, limits, interrupt);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::timeout);
    EXPECT_LT(system_clock().steady_ms() - began_ms, 20'000);
}

TEST_F(ProcessTest, EndsWithTheProgramAlsoIfSomethingKeepsItsOutputOpen) {
    auto const began_ms = system_clock().steady_ms();
    auto const result = run_child({"sh", "-c", "sleep 20 & echo done"}, {}, interrupt);
    ASSERT_TRUE(result);
    EXPECT_LT(system_clock().steady_ms() - began_ms, 15'000);
    EXPECT_EQ(result.value().output, "done\n");
}

TEST_F(ProcessTest, IsEndedByTheInterrupt) {
    std::thread other([&] { interrupt.raise(); });
    auto const result = run_child({"sleep", "50"}, {}, interrupt);
    other.join();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, Errc::stopping);
}

TEST_F(ProcessTest, HasNoInputAndNoFileOfOurs) {
    auto const result = run_child({"sh", "-c", "cat; ls /proc/self/fd | wc -l"}, {}, interrupt);
    ASSERT_TRUE(result);
    EXPECT_EQ(result.value().output, "4\n");  // three, and the folder that ls reads
}

}  // namespace
}  // namespace inlet::aws
