// The handler is told when the thread has dealt with all that was there: what waits for that is answered then.
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.hpp"
#include "base/clock.hpp"
#include "http/server.hpp"
#include "support/raw_client.hpp"

namespace inlet::http {
namespace {

// Answers nothing before the turn is over, as one who gathers requests for a common commit.
class GatheringHandler final : public Handler {
  public:
    explicit GatheringHandler(Executor& executor) : executor_(executor) {}

    void handle(Request const& request, Exchange& exchange) override {
        gathered_.push_back({&exchange, std::string(request.body)});
    }
    void refuse(unsigned status, std::string_view, Exchange& exchange) override {
        exchange.respond({.status = status});
    }
    void turn_over() override {
        if (gathered_.empty()) return;
        executor_.post([all = std::exchange(gathered_, {})] {
            for (auto const& [exchange, body] : all)
                exchange->respond({.content_type = "text/plain", .body = body});
        });
    }

  private:
    struct Gathered {
        Exchange* exchange;
        std::string body;
    };
    Executor& executor_;
    std::vector<Gathered> gathered_;
};

class TurnTest : public testing::Test {
  protected:
    TurnTest() {
        Options options;
        options.threads = 1;
        options.listen = {"127.0.0.1:0"};
        auto started = Server::start(options, system_clock(), [](Executor& executor) {
            return std::make_unique<GatheringHandler>(executor);
        });
        CHECK(started.has_value());
        server_ = std::move(started).value();
    }
    static std::string post(std::string const& body) {
        return "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body;
    }
    std::string address() { return server_->addresses().front(); }

  private:
    std::unique_ptr<Server> server_;
};

TEST_F(TurnTest, ARequestThatComesAloneIsAnsweredAtOnce) {
    test::RawClient client(address());
    EXPECT_EQ(client.send(post("one")).read_reply().body, "one");
    EXPECT_EQ(client.send(post("two")).read_reply().body, "two");
}

TEST_F(TurnTest, PipelinedRequestsAreAnsweredInTurnsOfTheirOwn) {
    test::RawClient client(address());
    client.send(post("one") + post("two") + post("three"));
    for (auto const* body : {"one", "two", "three"}) EXPECT_EQ(client.read_reply().body, body);
}

TEST_F(TurnTest, ManyConnectionsAreAllAnswered) {
    std::vector<std::unique_ptr<test::RawClient>> clients;
    for (int i = 0; i < 50; ++i) clients.push_back(std::make_unique<test::RawClient>(address()));
    for (std::size_t i = 0; i < clients.size(); ++i) clients[i]->send(post(std::to_string(i)));
    for (std::size_t i = 0; i < clients.size(); ++i)
        EXPECT_EQ(clients[i]->read_reply().body, std::to_string(i));
}

}  // namespace
}  // namespace inlet::http
