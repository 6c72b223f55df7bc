#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sstream>

#include "config/value.hpp"
#include "support/config_fixture.hpp"

namespace inlet::config {
namespace {

using testing::HasSubstr;

using ConfigDocument = ConfigTest;

// docs/configuration.md beside src/ of this file.
std::filesystem::path reference_path() {
    return std::filesystem::path(__FILE__).parent_path() / "../../docs/configuration.md";
}

void expect_defaults(Effective const& effective) {
    for (Key const& key : key_table()) {
        EXPECT_EQ(read_field(key, effective.config), read_field(key, Config{})) << key.name;
    }
}

TEST_F(ConfigDocument, ReferenceIsUpToDate) {
    if (std::getenv("UPDATE_DOCS")) std::ofstream(reference_path()) << reference_markdown();
    std::stringstream text;
    text << std::ifstream(reference_path()).rdbuf();
    EXPECT_EQ(text.str(), reference_markdown()) << "run: UPDATE_DOCS=1 config_test";
}

TEST_F(ConfigDocument, ReferenceNamesEachKey) {
    std::string const text = reference_markdown();
    for (Key const& key : key_table()) {
        EXPECT_THAT(text, HasSubstr("| `" + std::string(key.name) + "` | "));
    }
}

TEST_F(ConfigDocument, ExampleLoadsAsTheDefaults) {
    given_file(example_toml());
    expect_defaults(loaded());
}

TEST_F(ConfigDocument, ExampleLoadsAsTheDefaultsWithEveryKeyInUse) {
    std::istringstream lines(example_toml());
    std::string text;
    for (std::string line; std::getline(lines, line); text += line + "\n") {
        EXPECT_LE(line.size(), 250U) << line;
        if (line.starts_with("#") && !line.starts_with("# ")) line.erase(0, 1);
    }
    given_file(text);
    Effective const effective = loaded();
    expect_defaults(effective);
    for (Origin const& origin : effective.origins) EXPECT_EQ(origin.source, Origin::Source::file);
}

TEST_F(ConfigDocument, DescriptionSaysWhereEachValueCameFrom) {
    given_file("[server]\nthreads = 2\nui = false\n");
    given_variable("INLET_SERVER_UI", "true");
    given_set("log.level=warn");
    std::istringstream lines(describe(loaded()));
    std::vector<std::string> squeezed;
    for (std::string line; std::getline(lines, line);) {
        while (line.find("  ") != line.npos) line.erase(line.find("  "), 1);
        squeezed.push_back(shortened(line));
    }
    EXPECT_EQ(squeezed.size(), key_table().size());
    for (char const* line :
         {"server.threads = 2 # FILE:2", "server.ui = true # env INLET_SERVER_UI",
          "log.level = \"warn\" # --set", "log.format = \"text\" # default",
          "server.listen = [\"0.0.0.0:8080\"] # default"}) {
        EXPECT_THAT(squeezed, testing::Contains(line));
    }
}

TEST_F(ConfigDocument, DescriptionIsAConfigurationFile) {
    given_set("journal.dir=a \"quoted\" \\ #\xc3\xbc");
    given_set("sink.lake.roll_bytes=1MiB");
    given_set("event.reserved_ids=a,b");
    Effective const effective = loaded();
    sources_.sets.clear();
    given_file(describe(effective));
    Effective const again = loaded();
    for (Key const& key : key_table()) {
        EXPECT_EQ(read_field(key, again.config), read_field(key, effective.config)) << key.name;
    }
}

}  // namespace
}  // namespace inlet::config
