// render_fixture.hpp - the small language of the tests of this module.
#pragma once

#include <cstring>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "event/event.hpp"
#include "event/row.hpp"

namespace inlet::event {

// A body in a heap block of exactly its size and the padding, so that ASan sees every byte beyond.
// The padding looks like more JSON: nothing may depend on it.
class PaddedBody {
  public:
    explicit PaddedBody(std::string_view body, std::string_view filler = "\"}],9\\e0")
        : size_(body.size()), bytes_(new char[size_ + kBodyPadding]) {
        std::memcpy(bytes_.get(), body.data(), size_);
        for (std::size_t i = 0; i < kBodyPadding; ++i)
            bytes_[size_ + i] = filler[i % filler.size()];
    }
    operator std::string_view() const { return {bytes_.get(), size_}; }

  private:
    std::size_t size_;
    std::unique_ptr<char[]> bytes_;
};

struct Rendered {
    Outcome outcome;
    std::string text;

    // The rows, without their line feeds and with the id replaced: {"type":"track","id":"*",...}
    [[nodiscard]] std::vector<std::string> rows() const {
        std::vector<std::string> all;
        for (std::size_t at = 0; at < text.size();) {
            auto const end = text.find('\n', at);
            auto row = text.substr(at, end - at);
            row.replace(row.find(R"("id":")") + 6, 36, "*");
            all.push_back(std::move(row));
            at = end + 1;
        }
        return all;
    }
    [[nodiscard]] std::vector<std::string> ids() const {
        std::vector<std::string> all;
        for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
            all.push_back(text.substr(text.find(R"("id":")", at) + 6, 36));
        }
        return all;
    }
    // "pointer: detail" of each problem.
    [[nodiscard]] std::vector<std::string> problems() const {
        std::vector<std::string> all;
        for (auto const& p : outcome.problems) all.push_back(p.pointer + ": " + p.detail);
        return all;
    }
};

class RenderTest : public testing::Test {
  protected:
    void limits(Limits limits) { renderer_ = std::make_unique<Renderer>(std::move(limits)); }

    Rendered render(Kind kind, std::string_view body, std::string_view key = {}) {
        PaddedBody const padded(body);
        Rendered result;
        result.outcome = renderer_->render(kind, padded, {1'732'273'445'123, key}, result.text);
        return result;
    }
    Rendered track(std::string_view body, std::string_view key = {}) {
        return render(Kind::track, body, key);
    }
    Rendered alias(std::string_view body) { return render(Kind::alias, body); }
    Rendered profile(std::string_view body) { return render(Kind::profile, body); }

    // A track body with one event.
    static std::string one_event(std::string_view event) {
        return R"({"userId":"u","events":[)" + std::string(event) + "]}";
    }
    // ... whose metadata is an object with one value.
    static std::string with_value(std::string_view value) {
        return one_event(R"({"eventName":"n","metadata":{"v":)" + std::string(value) +
                         R"(},"timestampUTC":1})");
    }
    // The row that with_value gives.
    static std::string row_with_value(std::string_view value) {
        return R"({"type":"track","id":"*","userId":"u","eventName":"n","metadata":{"v":)" +
               std::string(value) + R"(},"timestampUTC":1})";
    }

    void expect_malformed(std::string_view body, std::string const& detail) {
        auto const result = track(body);
        EXPECT_EQ(result.outcome.verdict, Verdict::malformed) << body;
        EXPECT_THAT(result.problems(), testing::ElementsAre(": " + detail)) << body;
        EXPECT_EQ(result.text, "");
    }
    void expect_violations(Kind kind, std::string_view body,
                           std::vector<std::string> const& problems) {
        auto const result = render(kind, body);
        EXPECT_EQ(result.outcome.verdict, Verdict::violation) << body;
        EXPECT_EQ(result.problems(), problems) << body;
        EXPECT_EQ(result.text, "");
    }
    void expect_rows(Kind kind, std::string_view body, std::vector<std::string> const& rows) {
        auto const result = render(kind, body);
        EXPECT_EQ(result.outcome.verdict, Verdict::accepted)
            << body << testing::PrintToString(result.problems());
        EXPECT_EQ(result.rows(), rows) << body;
        EXPECT_EQ(result.outcome.rows, rows.size());
    }

    std::unique_ptr<Renderer> renderer_ = std::make_unique<Renderer>(Limits{});
};

}  // namespace inlet::event
