#include "web/assets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <string_view>

#include "base/compress.hpp"

namespace inlet::web {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string plain(Asset const& asset) {
    std::string out;
    auto const inflated = inflate_gzip(asset.gzip, asset.plain_size, out);
    EXPECT_TRUE(inflated.has_value()) << asset.path;
    return out;
}

std::string plain(std::string_view path) {
    auto const* asset = find(path);
    return asset == nullptr ? "there is no " + std::string(path) : plain(*asset);
}

TEST(WebAssets, EveryAssetInflatesToItsPlainSize) {
    for (auto const& asset : all()) EXPECT_EQ(plain(asset).size(), asset.plain_size) << asset.path;
}

TEST(WebAssets, AreFoundByTheirExactPathOnly) {
    for (auto const& asset : all()) EXPECT_EQ(find(asset.path), &asset);
    for (auto const* path :
         {"", "/ui", "/UI/", "/ui/index.html", "//", "/ui/../landing.css", "ui/"}) {
        EXPECT_EQ(find(path), nullptr) << path;
    }
}

TEST(WebAssets, HaveDistinctTagsThatCanBeSentAsTheyAre) {
    for (auto const& asset : all()) {
        EXPECT_THAT(asset.etag, testing::MatchesRegex("W/\"[0-9a-f]+\""));
        for (auto const& other : all()) EXPECT_EQ(asset.etag == other.etag, &asset == &other);
    }
}

TEST(WebAssets, HoldTheContractAsJson) {
    EXPECT_EQ(find("/openapi.json")->content_type, "application/json");
    EXPECT_THAT(plain("/openapi.json"), StartsWith(R"({"openapi":"3.0.3")"));
}

TEST(WebAssets, PagesHaveNothingInlineThatThePolicyForbids) {
    for (auto const* path : {"/", "/ui/"}) {
        auto const page = plain(path);
        EXPECT_THAT(page, StartsWith("<!doctype html>"));
        for (auto const* forbidden :
             {"<style", "<script>", " style=", " onclick=", "https://", "src=\"//"}) {
            EXPECT_THAT(page, Not(HasSubstr(forbidden))) << path;
        }
    }
}

TEST(WebAssets, PagesReferOnlyToAssetsThatExist) {
    EXPECT_THAT(plain("/ui/"), HasSubstr("swagger-ui-bundle.js"));
    for (auto const* path :
         {"/landing.css", "/landing.js", "/favicon.svg", "/ui/ui.js", "/ui/ui.css",
          "/ui/swagger-ui.css", "/ui/swagger-ui-bundle.js", "/ui/licenses.txt"}) {
        EXPECT_NE(find(path), nullptr) << path;
    }
}

}  // namespace
}  // namespace inlet::web
