#include "config/load.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/value.hpp"
#include "support/config_fixture.hpp"

namespace inlet::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;
using testing::StartsWith;

using ConfigLoad = ConfigTest;

Value value_of(std::string_view name, Effective const& effective) {
    return read_field(key_named(name), effective.config);
}

Origin origin_of(std::string_view name, Effective const& effective) {
    auto const& key = key_named(name);
    return effective.origins[static_cast<std::size_t>(&key - key_table().data())];
}

std::string file_line(std::string_view name, std::string_view literal) {
    return std::string(name) + " = " + std::string(literal) + "\n";
}

bool accepts(Key const& key, Input const& input) {
    Value value;
    return interpret(key, input, value).has_value();
}

// As one would write it behind INLET_X= or --set x=.
std::string untyped(Value const& value) {
    if (auto const* text = std::get_if<std::string>(&value)) return *text;
    auto const* items = std::get_if<std::vector<std::string>>(&value);
    if (!items) return to_toml(value);
    std::string text;
    for (std::string const& item : *items) text += (text.empty() ? "" : ",") + item;
    return text;
}

// What other keys need so that any one key may be set to its example.
std::string companions(std::string_view name) {
    std::string text;
    for (auto const& [key, literal] :
         {std::pair{"server.tls_cert", "\"c.pem\""}, std::pair{"server.tls_key", "\"k.pem\""},
          std::pair{"server.ack_sink", "\"lake\""}, std::pair{"sink.s3.bucket", "\"example\""},
          std::pair{"sink.s3.sse", "\"aws:kms\""},
          std::pair{"server.trusted_proxies", "\"10.0.0.0/8\""},
          std::pair{"auth.write_keys", "\"web:a-companion-of-a-key\""}}) {
        if (key != name) text += file_line(key, literal);
    }
    return text;
}

TEST_F(ConfigLoad, NeedsNothing) {
    Effective const effective = loaded();
    EXPECT_EQ(effective.config.server.listen, std::vector<std::string>{"0.0.0.0:8080"});
    EXPECT_EQ(effective.origins.size(), key_table().size());
}

TEST_F(ConfigLoad, TakesEachKeyFromTheFile) {
    for (Key const& key : key_table()) {
        given_file(companions(key.name) + file_line(key.name, key.example));
        Effective const effective = loaded();
        EXPECT_NE(read_field(key, effective.config), read_field(key, Config{})) << key.name;
        EXPECT_EQ(origin_of(key.name, effective).source, Origin::Source::file) << key.name;
    }
}

TEST_F(ConfigLoad, LetsTheEnvironmentOverrideTheFileAndSetOverrideBoth) {
    for (Key const& key : key_table()) {
        if (key.secret || key.name.ends_with("_file")) continue;  // theirs is blank: see below
        Value const standard = read_field(key, Config{});
        given_file(companions(key.name) + file_line(key.name, key.example));
        sources_.environment.clear();
        sources_.sets.clear();
        Value const example = value_of(key.name, loaded());

        given_variable(environment_name(key.name), untyped(standard));
        Effective effective = loaded();
        EXPECT_EQ(value_of(key.name, effective), standard) << key.name;
        EXPECT_EQ(origin_of(key.name, effective).place, environment_name(key.name));

        given_set(std::string(key.name) + "=" + untyped(example));
        effective = loaded();
        EXPECT_EQ(value_of(key.name, effective), example) << key.name;
        EXPECT_EQ(origin_of(key.name, effective).place, "--set " + std::string(key.name));
    }
}

TEST_F(ConfigLoad, TakesEachKeyFromTheEnvironmentAlone) {
    for (Key const& key : key_table()) {
        given_file(companions(key.name) + file_line(key.name, key.example));
        sources_.environment.clear();
        Value const example = value_of(key.name, loaded());
        given_file(companions(key.name));
        given_variable(environment_name(key.name), untyped(example));
        EXPECT_EQ(value_of(key.name, loaded()), example) << key.name;
    }
}

TEST_F(ConfigLoad, TakesTheLastSet) {
    given_set("server.threads=2");
    given_set("server.threads=3");
    EXPECT_EQ(loaded().config.server.threads, 3U);
}

TEST_F(ConfigLoad, TakesListsAsArrayOrWithCommas) {
    given_file("[server]\nlisten = \"127.0.0.1:1, [::1]:2\"\n[admin]\nlisten = []\n");
    Effective const effective = loaded();
    EXPECT_THAT(effective.config.server.listen, ElementsAre("127.0.0.1:1", "[::1]:2"));
    EXPECT_THAT(effective.config.admin.listen, IsEmpty());
    given_variable("INLET_ADMIN_LISTEN", "");
    given_set("server.listen= 127.0.0.1:3 ,127.0.0.1:4");
    EXPECT_THAT(loaded().config.server.listen, ElementsAre("127.0.0.1:3", "127.0.0.1:4"));
    EXPECT_THAT(loaded().config.admin.listen, IsEmpty());
}

TEST_F(ConfigLoad, TakesUnitsFromAllSources) {
    given_file("sink.lake.roll_bytes = \"1 MiB\"\nsink.lake.roll_ms = \"2m\"\n");
    given_variable("INLET_JOURNAL_MAX_BYTES", "500MB");
    given_set("server.idle_timeout_ms=70s");
    Config const config = loaded().config;
    EXPECT_EQ(config.lake.roll_bytes, 1'048'576U);
    EXPECT_EQ(config.lake.roll_ms, 120'000);
    EXPECT_EQ(config.journal.max_bytes, 500'000'000U);
    EXPECT_EQ(config.server.limits.idle_timeout_ms, 70'000);
}

TEST_F(ConfigLoad, TakesRangesToTheirEdgesAndNoFurther) {
    for (Key const& key : key_table()) {
        if (key.type.shape != Shape::integer) continue;
        for (std::int64_t const edge : {key.type.min, key.type.max}) {
            EXPECT_TRUE(accepts(key, edge)) << key.name;
            EXPECT_TRUE(accepts(key, Untyped{std::to_string(edge)})) << key.name;
        }
        EXPECT_FALSE(accepts(key, key.type.min - 1)) << key.name;
        EXPECT_FALSE(accepts(key, key.type.max + 1)) << key.name;
    }
}

TEST_F(ConfigLoad, FindsTheFileByOptionThenVariableThenDefault) {
    write("default.toml", "server.threads = 1");
    EXPECT_EQ(loaded().config.server.threads, 1U);
    write("variable.toml", "server.threads = 2");
    given_variable("INLET_CONFIG", path("variable.toml"));
    EXPECT_EQ(loaded().config.server.threads, 2U);
    given_file("server.threads = 3");
    EXPECT_EQ(loaded().config.server.threads, 3U);
}

TEST_F(ConfigLoad, WantsTheFileThatWasNamed) {
    sources_.file = path("missing.toml");
    EXPECT_THAT(problems(), ElementsAre("configuration file: " + path("missing.toml") +
                                        ": No such file or directory"));
    sources_.file = path("");  // a folder
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("Is a directory")));
    given_file(std::string((1 << 20) + 1, '#'));
    EXPECT_THAT(problems(), ElementsAre(HasSubstr("FILE: over 1 MiB")));
}

TEST_F(ConfigLoad, ReadsAFileWithoutASize) {
    sources_.file = "/dev/null";
    EXPECT_THAT(problems(), IsEmpty());
}

struct BadFile {
    char const* text;
    std::vector<std::string> lines;
};

TEST_F(ConfigLoad, ReportsEachProblemOfAFileWithLineAndColumn) {
    BadFile const cases[] = {
        {"[server]\nthreads = 1000\n", {"FILE:2:11: server.threads: must be 0 to 256, not 1000"}},
        {"[server]\nthreads = -1\n", {"FILE:2:11: server.threads: must be 0 to 256, not -1"}},
        {"server.threads = 1.5",
         {"FILE:1:18: server.threads: must be an integer, not a floating-point number"}},
        {"server.threads = \"4\"", {"FILE:1:18: server.threads: must be an integer, not \"4\""}},
        {"server.threads = 2026-01-02",
         {"FILE:1:18: server.threads: must be an integer, not a date"}},
        {"server.ui = 1", {"FILE:1:13: server.ui: must be true or false, not 1"}},
        {"server.ui = \"true\"", {"FILE:1:13: server.ui: must be true or false, not \"true\""}},
        {"journal.dir = false", {"FILE:1:15: journal.dir: must be a string, not a boolean"}},
        {"journal.dir = \"\"", {"FILE:1:15: journal.dir: must not be empty"}},
        {"journal.dir = \"a\\nb\"",
         {"FILE:1:15: journal.dir: must not hold control characters, not \"a\\nb\""}},
        {"sink.lake.roll_ms = 9",
         {"FILE:1:21: sink.lake.roll_ms: must be 10 to 86400000 (1 d), not 9"}},
        {"sink.lake.roll_ms = \"5 sec\"",
         {"FILE:1:21: sink.lake.roll_ms: must be a time in milliseconds such as 5000 or \"5s\", "
          "not "
          "\"5 sec\""}},
        {"sink.lake.roll_bytes = \"1GB/s\"",
         {"FILE:1:24: sink.lake.roll_bytes: must be a number of bytes such as 1048576 or \"1MiB\", "
          "not "
          "\"1GB/s\""}},
        {"sink.lake.compression = \"brotli\"",
         {"FILE:1:25: sink.lake.compression: must be one of \"off\", \"gzip\", \"zstd\", not "
          "\"brotli\""}},
        {"sink.lake.compression = true",
         {"FILE:1:25: sink.lake.compression: must be one of \"off\", \"gzip\", \"zstd\", not a "
          "boolean"}},
        {"server.listen = 8080",
         {"FILE:1:17: server.listen: must be a string or an array of strings, not 8080"}},
        {"server.listen = [8080]",
         {"FILE:1:17: server.listen: must be a string or an array of strings, not an array of "
          "other "
          "things"}},
        {"server.listen = [\"127.0.0.1:80\", \"\"]",
         {"FILE:1:17: server.listen: must not hold an empty item"}},
        {"server.listen = \"localhost:80\"",
         {"FILE:1:17: server.listen: must be an IP address and a port, such as \"0.0.0.0:8080\" or "
          "\"[::]:8080\", not \"localhost:80\""}},
        {"server.cors_origins = [\"example.com\"]",
         {"FILE:1:23: server.cors_origins: must be \"*\" or a web origin in lower case and without "
          "a "
          "path, such as \"https://www.example.com\", not \"example.com\""}},
        {"[server.listen]\nport = 80",
         {"FILE:1:1: server.listen: must be a string or an array of strings, not a table"}},
        {"[server]\n  thread = 4",
         {"FILE:2:3: server.thread: unknown key (did you mean "
          "\"server.threads\"?)"}},
        {"threads = 4", {"FILE:1:1: threads: unknown key (did you mean \"server.threads\"?)"}},
        {"[sink.lake]\nqqq = 1", {"FILE:2:1: sink.lake.qqq: unknown key"}},
        {"[jurnal]\ndir = \"x\"",
         {"FILE:2:1: jurnal.dir: unknown key (did you mean \"journal.dir\"?)"}},
        {"[jurnal]", {"FILE:1:2: jurnal: unknown section (did you mean \"journal\"?)"}},
        {"sink = 1", {"FILE:1:1: sink: is a section, not a key"}},
        {"[[sink.lake]]\ndir = \"a\"", {"FILE:1:8: sink.lake: is a section, not a key"}},
        {"\"server.threads\" = 4",
         {"FILE:1:1: \"server.threads\": unknown key (did you mean "
          "\"server.threads\"?)"}},
    };
    for (BadFile const& c : cases) {
        given_file(c.text);
        EXPECT_EQ(problems(), c.lines) << c.text;
    }
}

TEST_F(ConfigLoad, LeavesEmptySectionsAlone) {
    given_file("[server]\n[sink]\n[sink.lake]\n");
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigLoad, ReportsAllProblemsAtOnceInTheOrderOfTheirSources) {
    given_file("[sink.lake]\nroll_ms = 0\ndri = \"x\"\n[admin]\nlisten = \"x\"\n");
    given_variable("INLET_SERVER_THREADS", "many");
    given_variable("INLET_LOG_LEVEL", "loud");
    given_set("log.format=xml");
    given_set("journal.max_bytes=1");
    EXPECT_THAT(
        problems(),
        ElementsAre(StartsWith("FILE:2:11: sink.lake.roll_ms: must be 10 to"),
                    StartsWith("FILE:3:1: sink.lake.dri: unknown key (did you mean"),
                    StartsWith("FILE:5:10: admin.listen: must be an IP address"),
                    "INLET_LOG_LEVEL: must be one of \"debug\", \"info\", \"warn\", \"error\", "
                    "\"off\", not \"loud\"",
                    "INLET_SERVER_THREADS: must be an integer, not \"many\"",
                    "--set log.format: must be one of \"text\", \"json\", not \"xml\"",
                    StartsWith("--set journal.max_bytes: must be 262144 (256 KiB) to ")));
}

// Which column of a pair is meant is the library's choice, and that changes with its version.
TEST_F(ConfigLoad, ReportsWhereAFileStopsBeingToml) {
    given_file("[server]\nthreads = 1\nthreads = 2\n");
    EXPECT_THAT(problems(), ElementsAre(MatchesRegex("FILE:3:[0-9]+: no valid TOML: .*threads.*")));
    given_file("[server]\nui = true\n[server]\n");
    EXPECT_THAT(problems(), ElementsAre(MatchesRegex("FILE:3:[0-9]+: no valid TOML: .*server.*")));
    given_file("[server]\nui = yes\n");
    EXPECT_THAT(problems(), ElementsAre(StartsWith("FILE:2:6: no valid TOML: ")));
    given_file("server.ui = \"\xff\"\n");
    EXPECT_THAT(problems(), ElementsAre(MatchesRegex("FILE:1:[0-9]+: no valid TOML: .*")));
}

TEST_F(ConfigLoad, ReportsTheOtherSourcesBesideABrokenFile) {
    given_file("[server\n");
    given_set("server.theads=1");
    given_set("journal.segment_bytes=1GiB");
    given_set("journal.max_bytes=1GiB");  // what the file says about it is unknown: no complaint
    EXPECT_THAT(problems(), ElementsAre(StartsWith("FILE:1:8: no valid TOML: "),
                                        "--set server.theads: unknown key (did you mean "
                                        "\"server.threads\"?)"));
}

TEST_F(ConfigLoad, RefusesUnknownVariablesOfItsOwn) {
    given_variable("INLET_SERVER_LISTN", "x");
    given_variable("INLET_CONFG", "x");
    given_variable("INLET_SERVER_PORT", "8080");
    given_variable("PATH", "/bin");
    given_variable("INLETS", "x");
    EXPECT_THAT(
        problems(),
        ElementsAre("INLET_CONFG: no key has this variable (did you mean \"INLET_CONFIG\"?)",
                    "INLET_SERVER_LISTN: no key has this variable (did you mean "
                    "\"INLET_SERVER_LISTEN\"?)",
                    StartsWith("INLET_SERVER_PORT: no key has this variable")));
}

TEST_F(ConfigLoad, IgnoresWhatKubernetesSetsForAServiceCalledInlet) {
    for (auto const& [name, value] : Environment{{"INLET_SERVICE_HOST", "10.0.0.1"},
                                                 {"INLET_SERVICE_PORT", "80"},
                                                 {"INLET_SERVICE_PORT_HTTP", "80"},
                                                 {"INLET_PORT", "tcp://10.0.0.1:80"},
                                                 {"INLET_PORT_80_TCP", "tcp://10.0.0.1:80"},
                                                 {"INLET_PORT_80_TCP_PROTO", "tcp"},
                                                 {"INLET_ADMIN_PORT_8081_TCP_ADDR", "10.0.0.2"}}) {
        given_variable(name, value);
    }
    EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigLoad, RefusesASetThatIsNoAssignment) {
    given_set("server.threads");
    given_set("=4");
    given_set("server.ui=yes");
    given_set("server.threads=");
    EXPECT_THAT(problems(), ElementsAre("--set server.threads: must be section.key=value",
                                        "--set : unknown key",
                                        "--set server.ui: must be true or false, not \"yes\"",
                                        "--set server.threads: must be an integer, not \"\""));
}

TEST_F(ConfigLoad, SetsAValueThatHoldsAnEqualsSign) {
    given_set("journal.dir=/srv/a=b");
    EXPECT_EQ(loaded().config.journal.dir, "/srv/a=b");
}

TEST_F(ConfigLoad, ReadsTheProcessEnvironment) {
    char const* const variables[] = {"INLET_LOG_LEVEL=warn", "EMPTY=", "broken", "A=b=c", nullptr};
    sources_.environment = process_environment(variables);
    EXPECT_THAT(sources_.environment, ElementsAre(std::pair("INLET_LOG_LEVEL", "warn"),
                                                  std::pair("EMPTY", ""), std::pair("A", "b=c")));
    EXPECT_EQ(loaded().config.log.level, log::Level::warn);
}

TEST_F(ConfigLoad, TakesNoBlankVariableForNoKeyAtAll) {
    sources_.environment = {{"INLET_AUTH_WRITE_KEYS", " "}, {"INLET_ADMIN_TOKEN_FILE", ""}};
    given_set("admin.token=");
    auto const leave_out = ": is empty; leave it out if nothing is to be asked for";
    EXPECT_THAT(problems(), ElementsAre(std::string("INLET_ADMIN_TOKEN_FILE") + leave_out,
                                        std::string("INLET_AUTH_WRITE_KEYS") + leave_out,
                                        std::string("--set admin.token") + leave_out));
    sources_.environment.clear();
    sources_.sets.clear();
    given_file("auth.write_keys = []\nadmin.token = \"\"\n");
    EXPECT_TRUE(loaded().config.api.write_keys.empty());
}

TEST_F(ConfigLoad, KeepsItsOwnSecretsToItself) {
    given_file(
        "auth.write_keys = [\"web:hunter2-hunter2-hunter2\"]\nadmin.token = "
        "\"hunter2-hunter2-\"\n");
    std::string const text = describe(loaded());
    EXPECT_EQ(text.find("hunter2"), text.npos);
    EXPECT_THAT(text, HasSubstr("auth.write_keys = \"<redacted>\""));
    EXPECT_THAT(text, HasSubstr("admin.token = \"<redacted>\""));
    given_file("auth.write_keys = [\"web:hunter2\", \"hunter2\"]\nadmin.token = \"hunter2\"\n");
    EXPECT_THAT(problems(),
                ElementsAre(StartsWith("FILE:1:19: auth.write_keys: must be NAME:KEY, "),
                            StartsWith("FILE:2:15: admin.token: must be 16 to 128 of")));
    for (std::string const& line : problems()) EXPECT_EQ(line.find("hunter2"), line.npos) << line;
    given_file("");
    EXPECT_THAT(describe(loaded()), HasSubstr("auth.write_keys = [] "));
}

constexpr Key kSecretKeys[] = {
    {.name = "auth.token",
     .field = [](Config& c) -> Field { return &c.api.ack_sink; },
     .type = {.shape = Shape::text,
              .check = [](std::string_view t) -> char const* {
                  return t.size() < 8 ? "must have 8 bytes or more" : nullptr;
              }},
     .example = "\"0123456789\"",
     .help = "A secret.",
     .secret = true},
    {.name = "auth.pin",
     .field = [](Config& c) -> Field { return &c.server.threads; },
     .type = {.shape = Shape::integer, .min = 1000, .max = 9999},
     .example = "1234",
     .help = "A secret.",
     .secret = true},
};

TEST_F(ConfigLoad, NeverRepeatsASecretInAProblem) {
    given_file("auth.token = \"hunter2\"\nauth.pin = 70007\n");
    given_variable("INLET_AUTH_PIN", "hunter2");
    given_set("auth.token=hunter2");
    auto const lines = problems(kSecretKeys);
    EXPECT_EQ(lines.size(), 4U);
    for (std::string const& line : lines) {
        EXPECT_EQ(line.find("hunter2"), line.npos) << line;
        EXPECT_EQ(line.find("70007"), line.npos) << line;
    }
}

TEST_F(ConfigLoad, TellsEachProblemOnOneLineWhateverItRepeats) {
    given_file("\"a\\nb\" = 1\nlog.level = \"x\\u001b[2J\"\n");
    given_variable("INLET_A\tB\x7f", "x");
    given_set("a\nb=1");
    auto const lines = problems();
    EXPECT_EQ(lines.size(), 4U);
    for (std::string const& line : lines) {
        for (char const c : line) EXPECT_TRUE(c >= ' ' && c != '\x7f') << line;
    }
}

TEST_F(ConfigLoad, NeverDescribesASecret) {
    given_file("auth.token = \"correct horse\"\nauth.pin = 4711\n");
    std::string const text = describe(kSecretKeys, loaded(kSecretKeys));
    EXPECT_THAT(text, HasSubstr("auth.token = \"<redacted>\"  # "));
    EXPECT_THAT(text, HasSubstr("auth.pin = \"<redacted>\""));
    EXPECT_EQ(text.find("horse"), text.npos);
    EXPECT_EQ(text.find("4711"), text.npos);
}

TEST_F(ConfigLoad, ShowsThatASecretIsNotSet) {
    EXPECT_THAT(describe(kSecretKeys, loaded(kSecretKeys)), StartsWith("auth.token = \"\" "));
}

}  // namespace
}  // namespace inlet::config
