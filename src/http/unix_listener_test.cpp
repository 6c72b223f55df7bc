#include "http/unix_listener.hpp"

#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/stat.h>

#include <unistd.h>

#include "support/http_fixture.hpp"

namespace inlet::http {
namespace {

using test::HttpFixture;
using test::RawClient;
using testing::HasSubstr;

class UnixListener : public testing::Test {
  protected:
    UnixListener() {
        std::string name = "/tmp/inlet-unix-XXXXXX";
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    ~UnixListener() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string path() const { return folder_ + "/s"; }
    [[nodiscard]] std::string address() const { return "unix:" + path(); }

    [[nodiscard]] Options options(unsigned threads = 1) const {
        Options options;
        options.threads = threads;
        options.listen = {address()};
        return options;
    }
    [[nodiscard]] RawClient connect() const { return RawClient(address()); }
    // What keeps a server from listening there.
    [[nodiscard]] std::string error() const {
        auto const fd = open_unix_listener(address());
        if (!fd) return fd.error().message();
        ::close(fd.value());
        return {};
    }

    std::string folder_;
};

TEST_F(UnixListener, ServesRequests) {
    for (unsigned const threads : {1U, 3U}) {
        HttpFixture fixture{options(threads)};
        EXPECT_EQ(fixture.server->addresses(), std::vector<std::string>{address()});
        for (int i = 0; i < 10; ++i) {
            auto client = connect();
            client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n");
            EXPECT_EQ(client.read_reply().body, "GET /a");
        }
    }
}

TEST_F(UnixListener, IsForOwnerAndGroupWhateverTheUmask) {
    for (mode_t const mask : {mode_t{0}, mode_t{022}, mode_t{077}}) {
        auto const before = ::umask(mask);
        HttpFixture const fixture{options()};
        ::umask(before);
        struct stat status {};
        ASSERT_EQ(::stat(path().c_str(), &status), 0);
        EXPECT_EQ(status.st_mode & 07777, 0660U);
    }
}

TEST_F(UnixListener, IsRemovedWhenListeningEnds) {
    HttpFixture fixture{options()};
    EXPECT_TRUE(std::filesystem::exists(path()));
    fixture.server->stop_accepting();
    EXPECT_FALSE(std::filesystem::exists(path()));
}

TEST_F(UnixListener, ReplacesTheFileOfAProcessThatIsGone) {
    auto const fd = open_unix_listener(address());
    ASSERT_TRUE(fd);
    ::close(fd.value());
    ASSERT_TRUE(std::filesystem::exists(path()));
    EXPECT_EQ(error(), "");
}

TEST_F(UnixListener, LeavesTheFileOfALiveProcessAlone) {
    HttpFixture const fixture{options()};
    EXPECT_THAT(error(), HasSubstr("another process listens there"));
    auto client = connect();
    EXPECT_EQ(client.send("GET /a HTTP/1.1\r\nHost: a\r\n\r\n").read_reply().status, 200);
}

TEST_F(UnixListener, LeavesAFileThatIsNoSocketAlone) {
    std::ofstream(path()) << "precious";
    EXPECT_THAT(error(), HasSubstr("Address already in use"));
    EXPECT_EQ(std::filesystem::file_size(path()), 8U);
}

TEST_F(UnixListener, SaysWhyItCannotListen) {
    auto const at = [](std::string const& path) {
        auto const fd = open_unix_listener("unix:" + path);
        return fd ? std::string() : fd.error().message();
    };
    EXPECT_THAT(at("/nowhere/s"), HasSubstr("No such file or directory"));
    EXPECT_THAT(at("/tmp/" + std::string(120, 'x')), HasSubstr("too long"));
    EXPECT_THAT(at(""), HasSubstr("listen address"));
}

}  // namespace
}  // namespace inlet::http
