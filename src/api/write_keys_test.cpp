#include "api/write_keys.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/write_key_text.hpp"

namespace inlet::api {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string const kOld = "an-old-key-0123456";
std::string const kNew = "a-new-key-01234567";

class WriteKeysTest : public testing::Test {
  protected:
    WriteKeysTest() {
        std::string name = testing::TempDir() + "inlet-keys-XXXXXX";
        EXPECT_NE(::mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    ~WriteKeysTest() override { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string file(std::string const& text) const {
        std::ofstream(folder_ + "/keys") << text;
        return folder_ + "/keys";
    }
    // With the file's name as FILE.
    [[nodiscard]] std::string error(std::vector<std::string> const& items,
                                    std::string const& path = {}) const {
        auto const keys = WriteKeys::load(posix_file_system(), items, path);
        auto text = keys ? std::string() : keys.error().message();
        if (auto const at = text.find(folder_); at != text.npos)
            text.replace(at, folder_.size() + 5, "FILE");
        return text;
    }

    std::string folder_;
};

TEST_F(WriteKeysTest, AreFoundByTheirText) {
    auto const keys = WriteKeys::load(posix_file_system(), {"web:" + kOld}, {}).value();
    ASSERT_NE(keys.find(Secret(kOld)), nullptr);
    EXPECT_EQ(keys.find(Secret(kOld))->name, "web");
    EXPECT_EQ(keys.find(Secret(kNew)), nullptr);
    EXPECT_EQ(keys.find(Secret("web:" + kOld)), nullptr);
    EXPECT_EQ(keys.find(Secret()), nullptr);
}

TEST_F(WriteKeysTest, AreNumberedWithinTheirName) {
    auto const keys =
        WriteKeys::load(posix_file_system(), {"web:" + kOld},
                        file("# of the apps\n\n  ios:ios-key-0123456789 \r\nweb:" + kNew))
            .value();
    ASSERT_EQ(keys.all().size(), 3U);
    EXPECT_EQ(keys.find(Secret("ios-key-0123456789"))->number, 1U);
    EXPECT_EQ(keys.find(Secret(kOld))->number, 1U);
    EXPECT_EQ(keys.find(Secret(kNew))->number, 2U);
    EXPECT_EQ(keys.find(Secret(kNew))->name, "web");
}

TEST_F(WriteKeysTest, AreNotThereWithoutAny) {
    EXPECT_TRUE(WriteKeys::load(posix_file_system(), {}, {}).value().empty());
}

TEST_F(WriteKeysTest, SayWhichLineIsWrongAndNotWhatIsInIt) {
    for (auto const& line :
         {std::string("hunter2"), "web:" + std::string(15, 'h'), std::string(":hunter2-hunter2-"),
          std::string("web:hunter2 hunter2 hunter2"), "we b:" + kOld,
          "web:" + std::string(129, 'h'), "web:" + kOld + ":hunter2"}) {
        auto const text = error({}, file("\nios:ios-key-0123456789\n" + line + "\n"));
        EXPECT_THAT(text, StartsWith("FILE:3: must be NAME:KEY, "));
        EXPECT_EQ(text.find("hunter2"), text.npos) << text;
        EXPECT_EQ(text.find(kOld), text.npos) << text;
    }
    EXPECT_THAT(error({"web:" + kOld, "ios:" + kOld}),
                StartsWith("auth.write_keys: a key that was named before"));
    EXPECT_THAT(error({"web:" + kOld}, file("web:" + kOld)),
                StartsWith("FILE:1: a key that was named before"));
}

TEST_F(WriteKeysTest, AreWantedFromAFileThatIsNamed) {
    EXPECT_THAT(error({}, file("# none yet\n")), StartsWith("FILE: has no write key"));
    EXPECT_THAT(error({}, "/nowhere/keys"), HasSubstr("No such file or directory"));
    EXPECT_THAT(error({}, file(std::string(70'000, '\n'))), HasSubstr("FILE"));
}

TEST_F(WriteKeysTest, HaveABound) {
    std::vector<std::string> items;
    for (std::size_t i = 0; i < WriteKeys::kMaxKeys; ++i)
        items.push_back("k:" + std::to_string(1'000'000'000'000'000 + i));
    EXPECT_EQ(error(items), "");
    items.push_back("k:" + kOld);
    EXPECT_THAT(error(items), HasSubstr("more than 100 keys"));
}

}  // namespace
}  // namespace inlet::api
