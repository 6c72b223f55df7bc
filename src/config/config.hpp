// config.hpp - every setting of inlet, where it came from, and what is wrong with it.
// One table (key_table.cpp) has a row per key; the loader, `inlet config`, docs/configuration.md
// and the example file are made from it. Sources, each stronger than the one before: defaults; a
// TOML file; environment INLET_<SECTION>_<KEY>;
// --set section.key=value.
// Threads: main, before the others start. The result is plain data.
// Errors:  all problems at once, one line each: "inlet.toml:3:11: server.threads: must be ...",
//          "INLET_SERVER_THREADS: must be ...", "--set server.threads: must be ...".
// Bounds:  a configuration file is at most 1 MiB.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/options.hpp"
#include "aws/settings.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "event/event.hpp"
#include "http/server.hpp"
#include "journal/journal.hpp"
#include "metrics/cloudwatch_options.hpp"
#include "sink/firehose.hpp"
#include "sink/lake.hpp"
#include "sink/s3.hpp"

namespace inlet::config {

struct LogOptions {
    log::Level level = log::Level::info;
    log::Format format = log::Format::text;
};

struct Config {
    Config();  // the defaults

    http::Options server;  // public listener
    http::Options admin;   // metrics, status, operator's page
    std::int64_t drain_timeout_ms = 20'000;
    event::Limits event;
    journal::Options journal;
    sink::LakeOptions lake;
    sink::FirehoseOptions firehose;
    sink::S3Options s3;
    aws::Options aws;
    metrics::CloudWatchOptions cloudwatch;
    std::uint64_t quarantine_max_bytes = 64 << 20;
    api::ApiOptions api;
    LogOptions log;
};

// Where the value of one key came from.
struct Origin {
    enum class Source : std::uint8_t { default_value, file, environment, set };
    Source source = Source::default_value;
    std::string place;  // "inlet.toml:3:11", "INLET_SERVER_THREADS", "--set server.threads"
};

using Environment = std::vector<std::pair<std::string, std::string>>;

struct Sources {
    std::optional<std::string>
        file;  // --config; else INLET_CONFIG; else default_file if there is one
    std::vector<std::string> sets;  // "section.key=value", the last one wins
    Environment environment;        // all of it: what does not start with INLET_ is not looked at
    std::string default_file = "/etc/inlet/inlet.toml";
};

// The parameter is `environ`.
Environment process_environment(char const* const* variables);

struct Effective {
    Config config;
    std::vector<Origin> origins;  // one per key, in the order of the table
};

using Problems = std::vector<std::string>;
using LoadResult =
    boost::outcome_v2::basic_result<Effective, Problems, boost::outcome_v2::policy::terminate>;

LoadResult load(Sources const& sources);

// What `inlet config` prints: one "key = value  # where from" per line, itself a valid
// configuration file unless it holds a secret, which is shown as "<redacted>".
std::string describe(Effective const& effective);

// docs/configuration.md
std::string reference_markdown();

// A file with every key explained and commented out at its default.
std::string example_toml();

}  // namespace inlet::config
