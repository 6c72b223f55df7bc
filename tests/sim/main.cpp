// inlet-sim: journal and delivery on a simulated machine that fails at random; see docs/simulation.md.
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>

#include <unistd.h>

#include "base/log.hpp"
#include "sim/planted_bug.hpp"
#include "sim/simulation.hpp"

namespace inlet::sim {
namespace {

constexpr char const* kUsage =
    "Usage: inlet-sim [--seed N] [--seeds K] [--steps M] [--plant BUG] [--verbose]\n"
    "       inlet-sim --bugs\n"
    "\n"
    "Runs journal and delivery on a simulated disk, clock and network that fail at random, and\n"
    "checks that nothing acknowledged is lost. Exit status: 0 if every promise was kept, 1 if one\n"
    "was broken (the last lines say which, and how to see it again), 2 for bad arguments.\n"
    "\n"
    "  --seed N     the first seed (1)\n"
    "  --seeds K    how many seeds, one after the other (1)\n"
    "  --steps M    steps of each run with faults (500)\n"
    "  --plant BUG  with a mistake in it: exit status 0 as soon as a seed finds the promise that\n"
    "               the mistake breaks broken, else 1\n"
    "  --verbose    tells every step and what the program logs\n"
    "  --bugs       lists the mistakes that can be planted\n";

struct Arguments {
    Run run;
    std::uint64_t seeds = 1;
    BugKind const* planted = nullptr;
    bool list_bugs = false;
};

bool parse_number(char const* text, std::uint64_t& value) {
    auto const* const end = text + std::strlen(text);
    auto const [stop, err] = std::from_chars(text, end, value);
    return err == std::errc() && stop == end;
}

bool parse(int argc, char** argv, Arguments& arguments) {
    for (int i = 1; i < argc; ++i) {
        std::string_view const name = argv[i];
        if (name == "--verbose") {
            arguments.run.verbose = true;
            continue;
        }
        if (name == "--bugs") {
            arguments.list_bugs = true;
            continue;
        }
        if (++i >= argc) return false;
        if (name == "--plant") {
            arguments.planted = find_bug(argv[i]);
            if (arguments.planted == nullptr) return false;
            arguments.run.bug = arguments.planted->bug;
            continue;
        }
        auto* const value = name == "--seed"    ? &arguments.run.seed
                            : name == "--seeds" ? &arguments.seeds
                            : name == "--steps" ? &arguments.run.steps
                                                : nullptr;
        if (value == nullptr || !parse_number(argv[i], *value)) return false;
    }
    return true;
}

// A CHECK that fails ends the program: the seed must be known then too.
char aborted_text[128];
void say_where(int /*signal*/) {
    (void)!::write(STDERR_FILENO, aborted_text, std::strlen(aborted_text));
}
void prepare_for_abort(Run const& run) {
    std::snprintf(aborted_text, sizeof(aborted_text),
                  "aborted; again: inlet-sim --seed %llu --steps %llu --verbose\n",
                  static_cast<unsigned long long>(run.seed),
                  static_cast<unsigned long long>(run.steps));
}

void report(Run const& run, Violation const& violation) {
    std::printf("seed %llu, step %llu: %s is broken: %s\n",
                static_cast<unsigned long long>(run.seed),
                static_cast<unsigned long long>(violation.step), violation.invariant.c_str(),
                violation.sentence.c_str());
    if (run.bug != Bug::none) return;
    std::printf("again: inlet-sim --seed %llu --steps %llu --verbose\n",
                static_cast<unsigned long long>(run.seed),
                static_cast<unsigned long long>(run.steps));
}

int run_seeds(Arguments const& arguments) {
    auto run = arguments.run;
    auto const* const planted = arguments.planted;
    Outcome sum;
    for (std::uint64_t i = 0; i < arguments.seeds; ++i, ++run.seed) {
        prepare_for_abort(run);
        auto const outcome = simulate(run);
        sum.trace_hash = sum.trace_hash * 31 + outcome.trace_hash;
        sum.acknowledged_rows += outcome.acknowledged_rows;
        sum.crashes += outcome.crashes;
        if (!outcome.violation) continue;
        if (planted != nullptr && outcome.violation->invariant != planted->breaks) continue;
        report(run, *outcome.violation);
        return planted != nullptr ? 0 : 1;
    }
    std::printf(
        "%llu seeds, %llu rows acknowledged, %llu crashes, trace %016llx: %s\n",
        static_cast<unsigned long long>(arguments.seeds),
        static_cast<unsigned long long>(sum.acknowledged_rows),
        static_cast<unsigned long long>(sum.crashes),
        static_cast<unsigned long long>(sum.trace_hash),
        planted != nullptr ? "the planted mistake was not found" : "every promise was kept");
    return planted != nullptr ? 1 : 0;
}

}  // namespace
}  // namespace inlet::sim

int main(int argc, char** argv) {
    using namespace inlet;
    sim::Arguments arguments;
    if (!sim::parse(argc, argv, arguments)) {
        std::fputs(sim::kUsage, stderr);
        return 2;
    }
    if (arguments.list_bugs) {
        for (auto const& bug : sim::all_bugs())
            std::printf("%.*s\n", static_cast<int>(bug.name.size()), bug.name.data());
        return 0;
    }
    std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);
    log::configure(arguments.run.verbose ? log::Level::info : log::Level::off, log::Format::text);
    std::signal(SIGABRT, sim::say_where);
    return sim::run_seeds(arguments);
}
