#include "base/log.hpp"

#include <memory>
#include <spdlog/spdlog.h>

#include <spdlog/sinks/stdout_sinks.h>

#include "base/clock.hpp"
#include "base/json_text.hpp"
#include "base/time.hpp"

namespace inlet::log {
namespace {

Format format_in_use = Format::text;

spdlog::logger& logger() {
    static auto instance = [] {
        auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        sink->set_pattern("%v");
        auto made = std::make_shared<spdlog::logger>("inlet", std::move(sink));
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
