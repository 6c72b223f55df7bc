#include "config/key_table.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "config/load.hpp"
#include "config/value.hpp"
#include "support/config_fixture.hpp"

namespace inlet::config {
namespace {

TEST(KeyTable, NamesEachKeyOnceInLowerCase) {
    std::set<std::string_view> names;
    for (Key const& key : key_table()) {
        EXPECT_TRUE(names.insert(key.name).second) << key.name;
        EXPECT_NE(key.name.find('.'), std::string_view::npos) << key.name;
        EXPECT_TRUE(std::ranges::all_of(key.name, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
        })) << key.name;
    }
}

TEST(KeyTable, GivesEachKeyItsOwnVariable) {
    EXPECT_EQ(environment_name("sink.lake.roll_ms"), "INLET_SINK_LAKE_ROLL_MS");
    std::set<std::string> names{"INLET_CONFIG"};
    for (Key const& key : key_table()) {
        EXPECT_TRUE(names.insert(environment_name(key.name)).second) << key.name;
    }
}

TEST(KeyTable, GivesEachKeyItsOwnField) {
    Config config;
    std::set<void*> fields;
    for (Key const& key : key_table()) {
        std::visit([&](auto* field) { EXPECT_TRUE(fields.insert(field).second) << key.name; },
                   key.field(config));
    }
}

TEST(KeyTable, KeepsSectionsTogether) {
    std::set<std::string_view> seen;
    std::string_view section;
    for (Key const& key : key_table()) {
        if (section_of(key) == section) continue;
        section = section_of(key);
        EXPECT_TRUE(seen.insert(section).second) << section << " is split";
    }
}

TEST(KeyTable, NamesUnitsInTheKey) {
    for (Key const& key : key_table()) {
        Unit const unit = key.type.unit;
        EXPECT_EQ(unit == Unit::milliseconds, key.name.ends_with("_ms")) << key.name;
        EXPECT_EQ(unit == Unit::seconds, key.name.ends_with("_s")) << key.name;
        EXPECT_EQ(unit == Unit::bytes || unit == Unit::bytes_per_second,
                  key.name.ends_with("_bytes"))
            << key.name;
    }
}

TEST(KeyTable, ExplainsEachKeyInWholeSentences) {
    for (Key const& key : key_table()) {
        EXPECT_TRUE(key.help.ends_with('.')) << key.name;
        EXPECT_EQ(key.help.find('|'), std::string_view::npos)
            << key.name << ": breaks the reference";
    }
}

TEST(KeyTable, AcceptsItsOwnDefaults) {
    Config const defaults;
    for (Key const& key : key_table()) {
        Value const value = read_field(key, defaults);
        Input const input = std::visit([](auto const& v) { return Input(v); }, value);
        Value again;
        EXPECT_TRUE(interpret(key, input, again)) << key.name;
        EXPECT_EQ(again, value) << key.name;
    }
}

TEST(KeyTable, PairsChoicesWithTheirEnumerations) {
    Config config;
    auto const set = [&](std::string_view name, char const* value) {
        write_field(key_named(name), config, std::string(value));
    };
    set("sink.lake.compression", "off");
    EXPECT_EQ(config.lake.compression, Codec::off);
    set("sink.lake.compression", "gzip");
    EXPECT_EQ(config.lake.compression, Codec::gzip);
    set("sink.lake.compression", "zstd");
    EXPECT_EQ(config.lake.compression, Codec::zstd);
    set("server.ack", "sink");
    EXPECT_EQ(config.api.ack, api::Ack::sink);
    set("server.ack", "journal");
    EXPECT_EQ(config.api.ack, api::Ack::journal);
    set("log.level", "debug");
    EXPECT_EQ(config.log.level, log::Level::debug);
    set("log.level", "off");
    EXPECT_EQ(config.log.level, log::Level::off);
    set("log.format", "json");
    EXPECT_EQ(config.log.format, log::Format::json);
}

// What the other modules and the documents count on.
TEST(KeyTable, HasTheDocumentedDefaults) {
    Config const config;
    EXPECT_EQ(config.server.listen, std::vector<std::string>{"0.0.0.0:8080"});
    EXPECT_EQ(config.admin.listen, std::vector<std::string>{"127.0.0.1:8081"});
    EXPECT_TRUE(config.server.tls_listen.empty());
    EXPECT_EQ(config.server.limits.max_body_bytes, 1U << 20);
    EXPECT_EQ(config.journal.dir, "var/journal");
    EXPECT_EQ(config.lake.dir, "var/lake");
    EXPECT_TRUE(config.lake.enabled);
    EXPECT_EQ(config.lake.roll_ms, 5'000);
    EXPECT_EQ(config.api.ack, api::Ack::journal);
    EXPECT_EQ(config.log.level, log::Level::info);
}

}  // namespace
}  // namespace inlet::config
