// config_fixture.hpp - small language of the configuration tests.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>

#include "config/load.hpp"

namespace inlet::config {

// A folder of its own, gone at the end of the test; configuration files are written into it and
// appear in problem lines as "FILE".
class ConfigTest : public testing::Test {
  protected:
    ConfigTest() {
        std::string name = testing::TempDir() + "inlet-config-XXXXXX";
        EXPECT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
        sources_.default_file = path("default.toml");
    }
    ~ConfigTest() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string path(std::string const& name) const { return folder_ + "/" + name; }

    void write(std::string const& name, std::string const& text) const {
        std::ofstream(path(name)) << text;
    }

    void given_file(std::string const& text) {
        write("inlet.toml", text);
        sources_.file = path("inlet.toml");
    }
    void given_variable(std::string name, std::string value) {
        sources_.environment.emplace_back(std::move(name), std::move(value));
    }
    void given_set(std::string text) { sources_.sets.push_back(std::move(text)); }

    // Where the test's file stands, "FILE".
    [[nodiscard]] std::string shortened(std::string line) const {
        std::string const file = path("inlet.toml");
        while (line.find(file) != line.npos) line.replace(line.find(file), file.size(), "FILE");
        return line;
    }

    Problems problems(Table table = key_table()) {
        auto const result = load(table, sources_);
        Problems lines;
        if (!result) {
            for (std::string const& line : result.error()) lines.push_back(shortened(line));
        }
        return lines;
    }

    // Fails the test with the problems if there are any.
    Effective loaded(Table table = key_table()) {
        auto result = load(table, sources_);
        if (result) return std::move(result.value());
        for (std::string const& line : result.error()) ADD_FAILURE() << line;
        return {};
    }

    Sources sources_;

  private:
    std::string folder_;
};

inline Key const& key_named(std::string_view name) {
    for (Key const& key : key_table()) {
        if (key.name == name) return key;
    }
    ADD_FAILURE() << "no key " << name;
    return key_table().front();
}

}  // namespace inlet::config
