// log.hpp - one line per message, as text or JSON, to standard error. (spdlog lives behind it.)
// A value may hold anything: control characters are escaped, so one call is always one line.
// Never log bodies or ids of users.
// Threads: any. A standard error that is full, closed, or that nobody reads loses lines, which are counted and told
//          later; it never blocks or ends the server.
#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace inlet::log {

enum class Level : std::uint8_t { debug, info, warn, error, off };
enum class Format : std::uint8_t { text, json };

// Call once, before the first thread starts.
void configure(Level level, Format format);

struct Field {
    Field(std::string_view n, std::string_view v) : name(n), value(v) {}
    Field(std::string_view n, char const* v) : name(n), value(v) {}
    Field(std::string_view n, std::string const& v) : name(n), value(v) {}
    template <class T>
    requires std::is_integral_v<T> Field(std::string_view n, T v)
        : name(n), value(std::to_string(v)), is_number(true) {}

    std::string name;
    std::string value;
    bool is_number = false;
};

using Fields = std::initializer_list<Field>;

void debug(std::string_view message, Fields fields = {});
void info(std::string_view message, Fields fields = {});
void warn(std::string_view message, Fields fields = {});
void error(std::string_view message, Fields fields = {});

// Lets one message through per interval, and says how many it held back since:
//   static log::Limiter limiter(10'000);
//   if (auto n = limiter.pass(clock.steady_ms())) log::warn("accept failed", {{"times", n}});
class Limiter {
  public:
    explicit Limiter(std::int64_t interval_ms) : interval_ms_(interval_ms) {}
    // How many calls this message stands for (1 or more), or 0: keep silent.
    std::uint64_t pass(std::int64_t steady_ms);

  private:
    std::int64_t const interval_ms_;
    std::atomic<std::int64_t> next_ms_{0};
    std::atomic<std::uint64_t> held_{0};
};

}  // namespace inlet::log
