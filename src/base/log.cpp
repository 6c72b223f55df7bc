#include "base/log.hpp"

#include <cerrno>
#include <memory>
#include <mutex>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <utility>

#include <poll.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/time.hpp"

namespace inlet::log {
namespace {

Format format_in_use = Format::text;

// Standard error, which may be a pipe or a socket that nobody reads: then lines are lost, and counted.
class Output final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    // How many lines were lost since the last call, once one got through again.
    std::uint64_t take_lost() {
        std::lock_guard const guard(mutex_);
        return got_through_ ? std::exchange(lost_, 0) : 0;
    }

  private:
    // A writable pipe takes this much at once, see pipe(7).
    static constexpr std::size_t kPieceBytes = 4096;

    void sink_it_(spdlog::details::log_msg const& msg) override {
        std::string line;
        line.reserve(msg.payload.size() + 2);
        if (is_torn_) line += '\n';
        line.append(msg.payload.data(), msg.payload.size());
        line += '\n';
        std::string_view rest = line;
        while (!rest.empty()) {
            auto const n = write_some(rest.substr(0, kPieceBytes));
            if (n <= 0) break;
            rest.remove_prefix(static_cast<std::size_t>(n));
        }
        got_through_ = rest.empty();
        if (!got_through_) ++lost_;
        if (rest.size() < line.size()) is_torn_ = !got_through_;
    }

    void flush_() override {}

    // Without O_NONBLOCK: that would hold for every process which has the same standard error.
    static ssize_t write_some(std::string_view text) {
        auto const n = ::send(STDERR_FILENO, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0 || errno != ENOTSOCK) return n;
        pollfd output = {STDERR_FILENO, POLLOUT, 0};
        if (::poll(&output, 1, 0) != 1 || (output.revents & POLLOUT) == 0) return -1;
        return ::write(STDERR_FILENO, text.data(), text.size());
    }

    std::uint64_t lost_ = 0;  // this and the following: guarded by mutex_
    bool got_through_ = true;
    bool is_torn_ = false;  // the last line that was begun was cut off
};

std::shared_ptr<Output> const& output() {
    static auto const instance = std::make_shared<Output>();
    return instance;
}

spdlog::logger& logger() {
    static auto instance = [] {
        auto made = std::make_shared<spdlog::logger>("inlet", output());
        made->set_error_handler([](std::string const&) {});  // a lost line must not print another
        return made;
    }();
    return *instance;
}

char const* name_of(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::debug:
            return "debug";
        case spdlog::level::warn:
            return "warn";
        case spdlog::level::err:
            return "error";
        default:
            return "info";
    }
}

std::string as_json(spdlog::level::level_enum level, std::string_view message, Fields fields) {
    std::string line;
    JsonWriter json(line);
    json.open('{');
    json.member("time", iso_time(system_clock().unix_ms()));
    json.member("level", std::string_view(name_of(level)));
    json.member("message", message);
    for (auto const& field : fields) {
        json.key(field.name);
        if (field.is_number)
            json.raw(field.value);
        else
            json.string(field.value);
    }
    json.close('}');
    return line;
}

std::string as_text(spdlog::level::level_enum level, std::string_view message, Fields fields) {
    std::string line = iso_time(system_clock().unix_ms());
    line += ' ';
    line += name_of(level);
    line += "  ";
    // The message is ours, but goes through the same escaping: nothing can break the line.
    std::string escaped;
    append_json_string(escaped, message);
    line += std::string_view(escaped).substr(1, escaped.size() - 2);
    for (auto const& field : fields) {
        line += ' ';
        line += field.name;
        line += '=';
        if (field.is_number)
            line += field.value;
        else
            append_json_string(line, field.value);
    }
    return line;
}

void write(spdlog::level::level_enum level, std::string_view message, Fields fields) {
    auto& out = logger();
    if (!out.should_log(level)) return;
    auto const line = format_in_use == Format::json ? as_json(level, message, fields)
                                                    : as_text(level, message, fields);
    out.log(level, "{}", line);
    // Behind the first line that got through: whether anybody reads is known only by trying.
    if (auto const lost = output()->take_lost(); lost > 0)
        write(spdlog::level::warn, "lines of the log were lost: nobody read them",
              {{"lines", lost}});
}

}  // namespace

void configure(Level level, Format format) {
    format_in_use = format;
    auto& out = logger();
    switch (level) {
        case Level::debug:
            out.set_level(spdlog::level::debug);
            break;
        case Level::info:
            out.set_level(spdlog::level::info);
            break;
        case Level::warn:
            out.set_level(spdlog::level::warn);
            break;
        case Level::error:
            out.set_level(spdlog::level::err);
            break;
        case Level::off:
            out.set_level(spdlog::level::off);
            break;
    }
    out.flush_on(spdlog::level::info);
}

void debug(std::string_view message, Fields fields) {
    write(spdlog::level::debug, message, fields);
}
void info(std::string_view message, Fields fields) {
    write(spdlog::level::info, message, fields);
}
void warn(std::string_view message, Fields fields) {
    write(spdlog::level::warn, message, fields);
}
void error(std::string_view message, Fields fields) {
    write(spdlog::level::err, message, fields);
}

std::uint64_t Limiter::pass(std::int64_t steady_ms) {
    held_.fetch_add(1, std::memory_order_relaxed);
    auto next = next_ms_.load(std::memory_order_relaxed);
    if (steady_ms < next) return 0;
    if (!next_ms_.compare_exchange_strong(next, steady_ms + interval_ms_)) return 0;
    return held_.exchange(0, std::memory_order_relaxed);
}

}  // namespace inlet::log
