// credential_fixture.hpp - what the tests of credentials share: HTTP by a table, and a world without AWS around it.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credential_provider.hpp"
#include "support/manual_clock.hpp"

namespace inlet::aws {

// Answers by method and URL. What is in no row refuses the connection.
class FakeHttp final : public HttpClient {
  public:
    struct Seen {
        HttpRequest request;
        std::string body;

        [[nodiscard]] std::string header(std::string_view name) const {
            for (auto const& header : request.headers)
                if (header.name == name) return header.value;
            return {};
        }
    };

    // Given once for each call; the last one goes on.
    void answer(std::string const& method, std::string const& url, int status,
                std::string_view body = {}) {
        rows_[method + " " + url].push_back(HttpReply{status, {}, std::string(body)});
    }
    void fail_with(std::string const& method, std::string const& url, Errc code) {
        rows_[method + " " + url].push_back(fail(code, method + " " + url));
    }
    void forget() { rows_.clear(); }

    std::vector<Result<HttpReply>> send_all(std::span<HttpRequest const> requests) override {
        std::vector<Result<HttpReply>> replies;
        for (auto const& request : requests) replies.push_back(reply_to(request));
        return replies;
    }
    void cancel() override {}

    [[nodiscard]] std::vector<std::string> lines() const {
        std::vector<std::string> all;
        for (auto const& one : seen) all.push_back(one.request.method + " " + one.request.url);
        return all;
    }

    std::vector<Seen> seen;

  private:
    Result<HttpReply> reply_to(HttpRequest const& request) {
        seen.push_back({request, std::string(request.body)});
        seen.back().request.body = {};
        auto const row = rows_.find(request.method + " " + request.url);
        if (row == rows_.end())
            return Error{Errc::unavailable, ECONNREFUSED, request.method + " " + request.url};
        auto reply = row->second.front();
        if (row->second.size() > 1) row->second.erase(row->second.begin());
        return reply;
    }

    std::map<std::string, std::vector<Result<HttpReply>>> rows_;
};

// Hands requests on to a client that the test keeps.
class Borrowed final : public HttpClient {
  public:
    explicit Borrowed(HttpClient& below) : below_(below) {}
    std::vector<Result<HttpReply>> send_all(std::span<HttpRequest const> requests) override {
        return below_.send_all(requests);
    }
    void cancel() override { below_.cancel(); }

  private:
    HttpClient& below_;
};

class FakeInterrupt final : public Interrupt {
  public:
    bool sleep_ms(std::int64_t ms) override {
        sleeps.push_back(ms);
        return !raised();
    }
    std::vector<std::int64_t> sleeps;
};

class CredentialTest : public testing::Test {
  protected:
    static constexpr char const* kKeyId = "AKIDEXAMPLE000000001";
    static constexpr char const* kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    static constexpr char const* kToken = "FwoGZXIvYXdzEBYaDEXAMPLE==";
    static constexpr char const* kExpiration = "2026-11-22T17:04:02Z";
    static constexpr char const* kSts = "https://sts.eu-central-1.amazonaws.com/";

    CredentialTest() {
        settings.region = "eu-central-1";
        settings.profile = "default";
    }

    ProviderContext context() { return {settings, environment, http, clock, interrupt}; }

    // As container and instance metadata give them.
    static std::string document(std::string const& key_id = kKeyId,
                                std::string const& expiration = kExpiration) {
        return R"({"Code":"Success","Type":"AWS-HMAC","AccessKeyId":")" + key_id +
               R"(","SecretAccessKey":")" + kSecret + R"(","Token":")" + kToken +
               R"(","Expiration":")" + expiration + R"("})";
    }
    // As STS gives them.
    static std::string sts_reply(std::string const& action = "AssumeRole",
                                 std::string const& key_id = "ASIAROLE000000000001") {
        return "<" + action + R"(Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><)" +
               action + "Result><Credentials><AccessKeyId>" + key_id +
               "</AccessKeyId><SecretAccessKey>" + kSecret + "</SecretAccessKey><SessionToken>" +
               kToken + "</SessionToken><Expiration>" + kExpiration +
               "</Expiration></Credentials></" + action + "Result></" + action + "Response>";
    }

    // "" if there are none, the key id, or "error: ..."
    static std::string outcome(Result<std::optional<Credentials>> const& result) {
        if (!result) return "error: " + result.error().context;
        return result.value() ? result.value()->access_key_id : "";
    }
    static void expect_error(Result<std::optional<Credentials>> const& result, Errc code,
                             std::string const& part) {
        ASSERT_FALSE(result) << part;
        EXPECT_EQ(result.error().code, code) << result.error().message();
        EXPECT_THAT(result.error().message(), testing::HasSubstr(part));
        EXPECT_THAT(result.error().message(), testing::Not(testing::HasSubstr(kSecret)));
    }

    Settings settings;
    std::map<std::string, std::string, std::less<>> variables;
    Environment environment = [this](std::string_view name) -> std::optional<std::string> {
        auto const found = variables.find(name);
        if (found == variables.end()) return std::nullopt;
        return found->second;
    };
    FakeHttp http;
    test::ManualClock clock;
    FakeInterrupt interrupt;
};

// Replies that a fault, a proxy or an attacker may give in place of a document.
inline std::vector<std::string> hostile_documents(std::string const& good) {
    return {
        "",
        " ",
        "null",
        "[]",
        "\"AccessKeyId\"",
        "{}",
        good.substr(0, good.size() / 2),
        good.substr(0, good.size() - 1),
        good + good,
        "<!DOCTYPE html><html><body>Log in to the Wi-Fi</body></html>",
        "<html><head><title>502 Bad Gateway</title></head></html>",
        std::string(100'000, '['),
        R"({"AccessKeyId":)" + std::string(100'000, '{'),
        std::string(100'000, '<') + "a>",
        std::string("\0\0\0\0", 4),
        "\xff\xfe\xfd",
    };
}

}  // namespace inlet::aws
