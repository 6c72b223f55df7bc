// The command line. Every command is one function; what it does is in the file that declares it.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fcntl.h>
#include <unistd.h>

#include "app/check_command.hpp"
#include "app/journal_commands.hpp"
#include "app/lake_commands.hpp"
#include "app/quarantine_commands.hpp"
#include "app/serve.hpp"
#include "config/config.hpp"

extern char** environ;

namespace {

using namespace inlet;

constexpr int kBadConfiguration = 2;

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
int with_journal_dir(Arguments const& arguments, int (*command)(FileSystem&, std::string const&)) {
    if (!arguments.journal_dir.empty()) return command(posix_file_system(), arguments.journal_dir);
    auto const loaded = load(arguments);
    if (!loaded) return report(loaded.error());
    return command(posix_file_system(), loaded.value().config.journal.dir);
}

int lake_verify(Arguments const& arguments) {
    auto what = arguments.lake;
    if (app::is_in_s3(what)) {
        auto const loaded = load(arguments);
        if (!loaded) return report(loaded.error());
        what.aws = loaded.value().config.aws;
        what.path_style = loaded.value().config.s3.path_style;
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
        if (!arguments.journal_dir.empty()) {
            status = app::sink_detach(posix_file_system(), arguments.journal_dir, arguments.lane,
                                      arguments.yes);
            return;
        }
        auto const loaded = load(arguments);
        status = loaded ? app::sink_detach(posix_file_system(), loaded.value().config.journal.dir,
                                           arguments.lane, arguments.yes)
                        : report(loaded.error());
    });
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
    verify
        ->add_option("place", arguments.lake.place,
                     "Folder of the lake, or s3://bucket/prefix, read with the keys aws.*, the "
                     "environment and the profile as they are")
        ->required();
    verify->add_option("--journal", arguments.lake.journal_dir,
                       "Folder of the journal that fills it: proves the end");
    verify->add_flag("--json", arguments.lake.json, "Print the report as JSON");
    verify->footer(
        "Exit status: 0 complete, 1 rows missing or conflicting, 2 something is unreadable.");
    add_config_options(verify, arguments);
    verify->callback([&] { status = lake_verify(arguments); });
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
        add_quarantine_commands(cli, arguments, status);
        add_lake_command(cli, arguments, status);
        CLI11_PARSE(cli, argc, argv);
        return status;
    } catch (std::exception const& error) {
        std::fprintf(stderr, "inlet: %s\n", error.what());
        return 1;
    }
}
