#include "base/log.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

namespace inlet::log {
namespace {

using ::testing::HasSubstr;

// What a call writes to standard error.
std::string written(Format format, auto const& call) {
    configure(Level::info, format);
    ::testing::internal::CaptureStderr();
    call();
    auto text = ::testing::internal::GetCapturedStderr();
    configure(Level::info, Format::text);
    return text;
}

// Also for those who take C1 controls, U+2028 or U+2029 for the end of a line.
bool is_one_line(std::string const& text) {
    for (auto const* end :
         {"\xC2\x85", "\xC2\x9B", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAE"}) {
        if (text.find(end) != std::string::npos) return false;
    }
    return std::count(text.begin(), text.end(), '\n') == 1 && text.back() == '\n' &&
           std::none_of(text.begin(), text.end() - 1,
                        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

TEST(Log, WritesTimeLevelMessageAndFields) {
    auto const text = written(Format::text, [] {
        warn("disk is slow", {{"ms", 250}, {"path", "a b"}});
    });
    EXPECT_THAT(text, HasSubstr("Z warn  disk is slow ms=250 path=\"a b\"\n"));
    auto const json = written(Format::json, [] {
        error("disk is slow", {{"ms", -1}, {"path", "a"}});
    });
    EXPECT_THAT(json, HasSubstr(R"("level":"error","message":"disk is slow","ms":-1,"path":"a"})"));
}

TEST(Log, OneCallIsOneLineWhateverItSays) {
    std::string every_byte;
    for (int c = 0; c < 256; ++c) every_byte += static_cast<char>(c);
    for (auto const& evil :
         {std::string("a\nb\r\nerror  forged"), std::string("\x1b[2J\x07"),
          std::string("a\xC2\x85z\xC2\x9B[31m\xE2\x80\xA8z\xE2\x80\xA9z\xE2\x80\xAEz\xE2\x81\xA6"),
          std::string("\xFF\xC0\x8A\xE2\x80\xF0\x9F"), std::string("{} {0} %s %n"),
          std::string("a\0b", 3), every_byte, std::string()}) {
        for (Format const format : {Format::text, Format::json}) {
            auto const text = written(format, [&] { info(evil, {{"value", evil}}); });
            EXPECT_TRUE(is_one_line(text)) << text;
        }
    }
}

TEST(Log, SaysNothingBelowItsLevel) {
    EXPECT_EQ(written(Format::text, [] { debug("detail"); }), "");
    EXPECT_EQ(written(Format::text,
                      [] {
                          configure(Level::off, Format::text);
                          error("anything");
                      }),
              "");
}

// Standard error as a pipe, for as long as this lives.
class PipedStderr {
  public:
    PipedStderr() : before_(::dup(STDERR_FILENO)) {
        EXPECT_EQ(::pipe2(ends_, O_CLOEXEC), 0);
        ::dup2(ends_[1], STDERR_FILENO);
    }
    ~PipedStderr() {
        ::dup2(before_, STDERR_FILENO);
        for (int fd : {before_, ends_[0], ends_[1]}) ::close(fd);
    }
    PipedStderr(PipedStderr const&) = delete;
    PipedStderr& operator=(PipedStderr const&) = delete;

    std::string read_all() {
        std::string text;
        char buffer[65536];
        pollfd input = {ends_[0], POLLIN, 0};
        while (::poll(&input, 1, 0) == 1) {
            auto const n = ::read(ends_[0], buffer, sizeof(buffer));
            if (n <= 0) break;
            text.append(buffer, static_cast<std::size_t>(n));
        }
        return text;
    }

  private:
    int before_;
    int ends_[2] = {-1, -1};
};

TEST(Log, NeverWaitsForSomebodyToReadItAndSaysHowManyLinesWereLost) {
    PipedStderr piped;
    std::string const filling(10'000, 'x');
    for (int i = 0; i < 100; ++i) info("a long line", {{"filling", filling}});  // 1 MB into 64 KiB
    auto const first = piped.read_all();
    EXPECT_GT(first.size(), 40'000U);
    info("somebody reads again");
    auto const second = piped.read_all();
    EXPECT_THAT(second, HasSubstr("somebody reads again\n"));
    auto const whole = std::count(first.begin(), first.end(), '\n');
    EXPECT_THAT(second,
                HasSubstr("were lost: nobody read them lines=" + std::to_string(100 - whole)));
    EXPECT_EQ(second.front(), '\n') << "the line that was cut off is ended first";
}

TEST(LogLimiter, LetsOneThroughPerIntervalAndCountsTheRest) {
    Limiter limiter(1000);
    EXPECT_EQ(limiter.pass(5000), 1U);
    EXPECT_EQ(limiter.pass(5001), 0U);
    EXPECT_EQ(limiter.pass(5999), 0U);
    EXPECT_EQ(limiter.pass(6000), 3U) << "itself and the two that were held back";
    EXPECT_EQ(limiter.pass(9000), 1U);
}

}  // namespace
}  // namespace inlet::log
