#include "aws/child_process.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <sys/wait.h>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include "base/check.hpp"
#include "base/clock.hpp"

namespace inlet::aws {
namespace {

constexpr int kLookMs =
    50;  // a program may end while something that it started keeps its output open

// The reading end of a pipe; the writing end until the child has it.
class Pipe {
  public:
    Result<void> open() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return errno_error(errno, "pipe");
        read_ = ends[0];
        write_ = ends[1];
        (void)::fcntl(read_, F_SETFL, O_NONBLOCK);
        return success();
    }
    Pipe() = default;
    ~Pipe() {
        close(read_);
        close(write_);
    }
    Pipe(Pipe const&) = delete;
    Pipe& operator=(Pipe const&) = delete;

    [[nodiscard]] int read_end() const { return read_; }
    [[nodiscard]] int write_end() const { return write_; }
    [[nodiscard]] bool ended() const { return read_ < 0; }
    void close_write() { close(write_); }

    // All that is there now. True if `out` would be longer than `max_bytes`; what is over is dropped.
    bool drain(std::string& out, std::size_t max_bytes) {
        std::array<char, 4096> block;
        bool over = false;
        while (read_ >= 0) {
            auto const n = ::read(read_, block.data(), block.size());
            if (n < 0 && errno == EINTR) continue;
            if (n < 0 && errno == EAGAIN) break;
            if (n <= 0) {
                close(read_);
                break;
            }
            auto const size = static_cast<std::size_t>(n);
            auto const room = max_bytes - out.size();
            over = over || size > room;
            out.append(block.data(), std::min(size, room));
            if (over) break;  // who writes without end must not keep us here
        }
        return over;
    }

  private:
    static void close(int& fd) {
        if (fd >= 0) ::close(fd);
        fd = -1;
    }
    int read_ = -1;
    int write_ = -1;
};

// A group of its own, the default signals, our environment, no file of ours.
struct SpawnSettings {
    SpawnSettings(int output, int error_output) {
        CHECK(::posix_spawn_file_actions_init(&actions) == 0);
        CHECK(::posix_spawnattr_init(&attributes) == 0);
        ::posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions, error_output, STDERR_FILENO);
        ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
        sigset_t signals;
        ::sigemptyset(&signals);
        ::posix_spawnattr_setsigmask(&attributes, &signals);
        ::sigfillset(&signals);
        ::posix_spawnattr_setsigdefault(&attributes, &signals);
        ::posix_spawnattr_setpgroup(&attributes, 0);
        ::posix_spawnattr_setflags(
            &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnSettings() {
        ::posix_spawn_file_actions_destroy(&actions);
        ::posix_spawnattr_destroy(&attributes);
    }
    SpawnSettings(SpawnSettings const&) = delete;
    SpawnSettings& operator=(SpawnSettings const&) = delete;

    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
};

class Child {
  public:
    ~Child() {
        if (pid_ <= 0) return;
        ::kill(-pid_, SIGKILL);
        ::kill(pid_, SIGKILL);
        while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    Child() = default;
    Child(Child const&) = delete;
    Child& operator=(Child const&) = delete;

    Result<void> start(std::vector<std::string> const& arguments, SpawnSettings const& settings) {
        std::vector<char*> argv;
        argv.reserve(arguments.size() + 1);
        for (auto const& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
        argv.push_back(nullptr);
        int const error = ::posix_spawnp(&pid_, argv[0], &settings.actions, &settings.attributes,
                                         argv.data(), environ);
        if (error == 0) return success();
        pid_ = 0;
        return errno_error(error, arguments[0]);
    }
    // True once it has ended and `exit_code` is set.
    bool has_ended(int& exit_code) {
        int status = 0;
        auto const pid = ::waitpid(pid_, &status, WNOHANG);
        if (pid == 0 || (pid < 0 && errno == EINTR)) return false;
        exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        if (pid < 0) exit_code = 127;  // somebody else took its status
        pid_ = 0;
        return true;
    }

  private:
    pid_t pid_ = 0;
};

// Until there is something to read, the interrupt, or time to look after the child.
void wait(Pipe const& output, Pipe const& error_output, Interrupt const& interrupt) {
    std::array<pollfd, 3> waits{{{output.read_end(), POLLIN, 0},
                                 {error_output.read_end(), POLLIN, 0},
                                 {interrupt.fd(), POLLIN, 0}}};
    (void)::poll(waits.data(), waits.size(), kLookMs);
}

}  // namespace

Result<ChildResult> run_child(std::vector<std::string> const& arguments, ChildLimits const& limits,
                              Interrupt& interrupt) {
    CHECK(!arguments.empty());
    Pipe output;
    Pipe error_output;
    TRY(output.open());
    TRY(error_output.open());
    Child child;
    TRY(child.start(arguments, {output.write_end(), error_output.write_end()}));
    output.close_write();
    error_output.close_write();

    ChildResult result;
    auto const end_ms = system_clock().steady_ms() + limits.deadline_ms;
    for (bool ended = false; !ended;) {
        wait(output, error_output, interrupt);
        if (interrupt.raised()) return fail(Errc::stopping, arguments[0]);
        // Asked before reading: what it wrote before its end is then read below.
        ended = child.has_ended(result.exit_code);
        if (output.drain(result.output, limits.max_output_bytes))
            return fail(Errc::full, arguments[0] + " wrote more than " +
                                        std::to_string(limits.max_output_bytes) + " bytes");
        (void)error_output.drain(result.error_output, limits.kept_error_bytes);
        if (!ended && system_clock().steady_ms() > end_ms) return fail(Errc::timeout, arguments[0]);
    }
    return result;
}

}  // namespace inlet::aws
