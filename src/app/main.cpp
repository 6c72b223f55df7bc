// The command line. Every command is one function; what it does is in the file that declares it.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "app/check_command.hpp"
#include "app/drain_command.hpp"
#include "app/journal_commands.hpp"
#include "app/lake_commands.hpp"
#include "app/quarantine_commands.hpp"
#include "app/serve.hpp"
#include "app/termination_command.hpp"
#include "config/config.hpp"
#include "config/quantity.hpp"

extern char** environ;

namespace {

using namespace inlet;

constexpr int kBadConfiguration = 2;
constexpr std::int64_t kDrainMs = 3'600'000;
constexpr std::int64_t kMaxTimeMs = 7 * 24 * 3'600'000LL;

struct Drain {
    std::optional<std::int64_t> timeout_ms;
    bool on_termination = false;
    app::TerminationRequest termination;
};

struct Arguments {
    std::string config_file;
    std::vector<std::string> sets;
    bool banner = false;
    bool example = false;
    bool markdown = false;
    bool yes = false;
    std::string journal_dir;
    std::string lane;
    app::LakeVerify lake;
    app::QuarantineChoice quarantine;
    Drain drain;
};

config::LoadResult load(Arguments const& arguments) {
    config::Sources sources;
    if (!arguments.config_file.empty()) sources.file = arguments.config_file;
    sources.sets = arguments.sets;
    sources.environment = config::process_environment(environ);
    return config::load(sources);
}

int report(config::Problems const& problems) {
    for (auto const& problem : problems) std::fprintf(stderr, "%s\n", problem.c_str());
    return kBadConfiguration;
}

int serve(Arguments const& arguments) {
    auto loaded = load(arguments);
    if (!loaded) return report(loaded.error());
    return app::serve(std::move(loaded.value().config), arguments.banner);
}

int show_config(Arguments const& arguments) {
    if (arguments.example || arguments.markdown) {
        auto const text = arguments.example ? config::example_toml() : config::reference_markdown();
        std::fputs(text.c_str(), stdout);
        return 0;
    }
    auto const loaded = load(arguments);
    if (!loaded) return report(loaded.error());
    std::fputs(config::describe(loaded.value()).c_str(), stdout);
    return 0;
}

// The journal's folder: as said, or as configured.
int with_journal_dir(Arguments const& arguments,
                     std::function<int(FileSystem&, std::string const&)> const& command) {
    if (!arguments.journal_dir.empty()) return command(posix_file_system(), arguments.journal_dir);
    auto const loaded = load(arguments);
    if (!loaded) return report(loaded.error());
    return command(posix_file_system(), loaded.value().config.journal.dir);
}

int lake_verify(Arguments const& arguments) {
    auto what = arguments.lake;
    if (what.place.empty() || app::is_in_s3(what)) {
        auto const loaded = load(arguments);
        if (!loaded) return report(loaded.error());
        auto const& config = loaded.value().config;
        if (what.place.empty()) what.place = app::configured_lake(config);
        if (what.place.empty()) {
            return report(
                {"lake verify: name the lake: neither sink.lake.enabled nor "
                 "sink.s3.enabled is set"});
        }
        what.aws = config.aws;
        what.path_style = config.s3.path_style;
    }
    return app::lake_verify(posix_file_system(), system_clock(), what);
}

void add_config_options(CLI::App* command, Arguments& arguments) {
    command->add_option("-c,--config", arguments.config_file, "TOML file with settings")
        ->type_name("FILE");
    command
        ->add_option("--set", arguments.sets,
                     "One setting; may be repeated and wins over file and environment")
        ->type_name("SECTION.KEY=VALUE");
}

void add_journal_command(CLI::App* parent, Arguments& arguments, int& status, char const* name,
                         char const* help, int (*run)(FileSystem&, std::string const&)) {
    auto* command = parent->add_subcommand(name, help);
    command->add_option("dir", arguments.journal_dir,
                        "Folder of the journal (default: as configured)");
    add_config_options(command, arguments);
    command->callback([&arguments, &status, run] { status = with_journal_dir(arguments, run); });
}

void add_commands(CLI::App& cli, Arguments& arguments, int& status) {
    auto* serve_command = cli.add_subcommand("serve", "Run the server until SIGTERM or SIGINT");
    add_config_options(serve_command, arguments);
    serve_command->add_flag("--banner", arguments.banner,
                            "Print addresses and a first request when ready");
    serve_command->callback([&] { status = serve(arguments); });

    auto* config_command =
        cli.add_subcommand("config", "Print every setting, its value and where it came from");
    add_config_options(config_command, arguments);
    config_command->add_flag("--example", arguments.example,
                             "Print a configuration file with every key explained");
    config_command->add_flag("--markdown", arguments.markdown, "Print the reference of all keys");
    config_command->callback([&] { status = show_config(arguments); });

    auto* check_command = cli.add_subcommand(
        "check", "Try credentials, delivery streams and bucket, and say what is missing");
    add_config_options(check_command, arguments);
    check_command->callback([&] {
        auto const loaded = load(arguments);
        status =
            loaded ? app::check(loaded.value().config, system_clock()) : report(loaded.error());
    });

    auto* journal = cli.add_subcommand("journal", "Look into a journal")->require_subcommand(1);
    add_journal_command(journal, arguments, status, "ls", "List its segments", app::journal_ls);
    add_journal_command(journal, arguments, status, "cat", "Print its rows as the lake gets them",
                        app::journal_cat);
    add_journal_command(journal, arguments, status, "verify",
                        "Read all of it and say whether it is whole", app::journal_verify);

    auto* new_node = journal->add_subcommand(
        "new-node", "Give a copy of a journal a node of its own (server stopped)");
    new_node->add_option("dir", arguments.journal_dir,
                         "Folder of the journal (default: as configured)");
    new_node->add_flag("--yes", arguments.yes, "Do it; without this it only says what it is about");
    add_config_options(new_node, arguments);
    new_node->callback([&] {
        status = with_journal_dir(arguments, [&](FileSystem& fs, std::string const& dir) {
            return app::journal_new_node(fs, dir, arguments.yes);
        });
    });

    auto* sink =
        cli.add_subcommand("sink", "Look at the lanes of a journal")->require_subcommand(1);
    add_journal_command(sink, arguments, status, "ls", "List the lanes and how far each has come",
                        app::sink_ls);
    auto* detach = sink->add_subcommand(
        "detach", "Give up the rows that a lane still has to bring (server stopped)");
    detach->add_option("lane", arguments.lane, "Name of the lane")->required();
    detach->add_option("dir", arguments.journal_dir,
                       "Folder of the journal (default: as configured)");
    detach->add_flag("--yes", arguments.yes,
                     "Do it; without this it only says what would be missed");
    add_config_options(detach, arguments);
    detach->callback([&] {
        status = with_journal_dir(arguments, [&](FileSystem& fs, std::string const& dir) {
            return app::sink_detach(fs, dir, arguments.lane, arguments.yes);
        });
    });
}

std::optional<std::int64_t> read_time(std::string const& text) {
    auto const ms = config::parse_quantity(text, config::Unit::milliseconds);
    return ms && *ms >= 1 && *ms <= kMaxTimeMs ? ms : std::nullopt;
}

// "90s", "10m", milliseconds without a unit: into `ms`.
template <class Milliseconds>
CLI::Option* add_time_option(CLI::App* command, char const* name, Milliseconds& ms,
                             char const* help) {
    auto const take = [&ms](std::string const& text) { ms = *read_time(text); };
    auto const check = [](std::string const& text) {
        return std::string(read_time(text) ? "" : "must be a time such as \"90s\" or \"10m\"");
    };
    return command->add_option_function<std::string>(name, take, help)
        ->check(check)
        ->type_name("TIME");
}

int drain(Arguments const& arguments) {
    auto const loaded = load(arguments);
    if (!loaded) return report(loaded.error());
    auto const& config = loaded.value().config;
    auto const& how = arguments.drain;
    if (!how.on_termination) {
        return app::drain(config, posix_file_system(), system_clock(),
                          how.timeout_ms.value_or(kDrainMs));
    }
    auto request = how.termination;
    request.timeout_ms = how.timeout_ms.value_or(request.timeout_ms);
    return app::drain_on_termination(config, posix_file_system(), system_clock(), request);
}

void add_drain_command(CLI::App& cli, Arguments& arguments, int& status) {
    auto* command = cli.add_subcommand(
        "drain", "Deliver all that the journal holds, without taking requests (server stopped)");
    add_config_options(command, arguments);
    auto& how = arguments.drain;
    auto& request = how.termination;
    add_time_option(command, "--timeout", how.timeout_ms,
                    "End after this time (default: 1h, with --on-termination 48h)");
    auto* on_termination = command->add_flag(
        "--on-termination", how.on_termination,
        "Wait until this EC2 instance is about to end, then stop the server and drain");
    auto* hook = command
                     ->add_option("--lifecycle-hook", request.lifecycle_hook,
                                  "Hold the end up in this lifecycle hook until all is delivered")
                     ->needs(on_termination);
    auto* group = command->add_option("--auto-scaling-group", request.auto_scaling_group,
                                      "The Auto Scaling group of the hook");
    hook->needs(group);
    group->needs(hook);
    command->add_option("--stop-command", request.stop_command, "How the server is stopped")
        ->capture_default_str()
        ->needs(on_termination);
    add_time_option(command, "--poll", request.poll_ms,
                    "How often the instance's metadata is asked (default: 5s)")
        ->needs(on_termination);
    add_time_option(
        command, "--heartbeat", request.heartbeat_ms,
        "How often the hook is held up; less than its heartbeat time-out (default: 15s)")
        ->needs(hook);
    add_time_option(command, "--hook-wait", request.hook_wait_ms,
                    "How long the server goes on while the hook does not wait yet (default: 6m)")
        ->needs(hook);
    command->footer("Exit status: 0 every lane is empty, 1 something is left, 2 not possible.");
    command->callback([&] { status = drain(arguments); });
}

void add_quarantine_commands(CLI::App& cli, Arguments& arguments, int& status) {
    auto* quarantine = cli.add_subcommand("quarantine", "Rows that a destination refuses for good")
                           ->require_subcommand(1);
    auto const add = [&](char const* name, char const* help, auto run) {
        auto* command = quarantine->add_subcommand(name, help);
        command->add_option("--lane", arguments.quarantine.lane, "Only rows of this lane");
        add_config_options(command, arguments);
        command->callback([&arguments, &status, run] {
            auto const loaded = load(arguments);
            status = loaded ? run(loaded.value().config) : report(loaded.error());
        });
        return command;
    };
    add("ls", "List them, with the reason", [&](config::Config const& config) {
        return app::quarantine_ls(config, posix_file_system(), arguments.quarantine);
    });
    add("retry", "Send them again", [&](config::Config const& config) {
        return app::quarantine_retry(config, posix_file_system(), system_clock(),
                                     arguments.quarantine);
    });
    add("drop", "Give them up", [&](config::Config const& config) {
        return app::quarantine_drop(config, posix_file_system(), system_clock(),
                                    arguments.quarantine);
    })->add_flag("--yes", arguments.quarantine.yes, "Do it; without this it only counts them");
}

void add_lake_command(CLI::App& cli, Arguments& arguments, int& status) {
    auto* lake = cli.add_subcommand("lake", "Look at a lake from outside")->require_subcommand(1);
    auto* verify =
        lake->add_subcommand("verify", "Read every row and say whether the lake is complete");
    verify->add_option("place", arguments.lake.place,
                       "Folder of the lake, or s3://bucket/prefix, read with the keys aws.*, the "
                       "environment and the profile as they are (default: the configured one, the "
                       "folder before the bucket)");
    verify->add_option("--journal", arguments.lake.journal_dir,
                       "Folder of the journal that fills it: proves the end");
    verify->add_flag("--json", arguments.lake.json, "Print the report as JSON");
    verify->footer(
        "Exit status: 0 complete, 1 rows missing or conflicting, 2 something is unreadable.");
    add_config_options(verify, arguments);
    verify->callback([&] { status = lake_verify(arguments); });
}

// "sink frob", if that is what was asked for: the library says only that a command is missing.
std::string unknown_command(CLI::App const& cli, int argc, char** argv) {
    auto const* level = &cli;
    std::string asked;
    for (int i = 1; i < argc && level->get_require_subcommand_min() > 0; ++i) {
        std::string const word = argv[i];
        if (word.starts_with('-')) return {};
        asked += (asked.empty() ? "" : " ") + word;
        auto const commands =
            level->get_subcommands([&](auto* one) { return one->check_name(word); });
        if (commands.empty()) return asked;
        level = commands.front();
    }
    return {};
}

// Started with one of these closed, the next file that is opened would get its number: what is printed would then
// be written into the journal.
void keep_standard_descriptors() {
    for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(fd, F_GETFD) >= 0) continue;
        if (::open("/dev/null", O_RDWR) != fd) std::abort();  // the lowest free number is fd
    }
}

}  // namespace

int main(int argc, char** argv) {
    keep_standard_descriptors();
    try {
        CLI::App cli("inlet: first-party event collector");
        cli.set_version_flag("--version", "inlet " INLET_VERSION);
        cli.require_subcommand(1);
        Arguments arguments;
        int status = 0;
        add_commands(cli, arguments, status);
        add_drain_command(cli, arguments, status);
        add_quarantine_commands(cli, arguments, status);
        add_lake_command(cli, arguments, status);
        try {
            cli.parse(argc, argv);
        } catch (CLI::ParseError const& error) {
            if (auto const asked = unknown_command(cli, argc, argv); !asked.empty())
                std::fprintf(stderr, "inlet: no command \"%s\"\n", asked.c_str());
            // --help and --version come this way too, with 0.
            return cli.exit(error) == 0 ? 0 : kBadConfiguration;
        }
        return status;
    } catch (std::exception const& error) {
        std::fprintf(stderr, "inlet: %s\n", error.what());
        return 1;
    }
}
