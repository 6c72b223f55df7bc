// http_fixture.hpp - a real Server on a free loopback port, with a handler that records and echoes.
//   POST /echo    -> 200 with the same body          GET /empty -> 204
//   any  /later   -> waits until answer_later()      GET /big?N -> N bytes
//   GET  /close   -> 200 and Connection: close       GET /client -> 200 with the client's address
//   else          -> 200 "METHOD PATH"
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/check.hpp"
#include "base/guarded.hpp"
#include "http/server.hpp"
#include "support/raw_client.hpp"

namespace inlet::test {

// Waits for something that other threads are about to do; false if it does not happen within 10 s.
inline bool eventually(std::function<bool()> const& condition) {
    for (int i = 0; i < 10'000; ++i) {
        if (condition()) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
}

// What the handlers of all io threads have seen.
struct Seen {
    Guarded<std::vector<std::string>> requests;  // "POST /echo?q hello"
    Guarded<std::vector<std::function<void(http::Response const&)>>> waiting;
    std::atomic<int> contexts{0};  // alive

    std::size_t count() {
        return requests.with([](auto& r) { return r.size(); });
    }
    std::size_t waiting_count() {
        return waiting.with([](auto& w) { return w.size(); });
    }
    // Answers the requests to /later that have gathered, from this thread, as the journal would.
    void answer_later(http::Response const& response = {200, "text/plain", "later", {}, false}) {
        auto const all = waiting.with([](auto& w) { return std::exchange(w, {}); });
        for (auto const& respond : all) respond(response);
    }
};

class EchoHandler final : public http::Handler {
  public:
    EchoHandler(Seen& seen, http::Executor& executor) : seen_(seen), executor_(executor) {}

    void handle(http::Request const& request, http::Exchange& exchange) override {
        seen_.requests.with([&](auto& all) { all.push_back(line_of(request)); });
        if (!exchange.context) exchange.context = std::make_unique<Counted>(seen_);
        if (request.path == "/echo") {
            exchange.respond({200, request.header("Content-Type"), request.body, {}, false});
        } else if (request.path == "/later") {
            wait_for_answer(exchange);
        } else if (request.path == "/empty") {
            exchange.respond({204, {}, {}, {}, false});
        } else if (request.path == "/close") {
            exchange.respond({200, "text/plain", "bye", {}, true});
        } else if (request.path == "/client") {
            exchange.respond({200, "text/plain", request.client.text(), {}, false});
        } else if (request.path == "/big") {
            exchange.respond({200, "text/plain",
                              std::string(std::stoul(std::string(request.query)), 'b'),
                              "X-Extra: yes\r\n", false});
        } else {
            exchange.respond({200, "text/plain", line_of(request), {}, false});
        }
    }
    void refuse(unsigned status, std::string_view detail, http::Exchange& exchange) override {
        exchange.respond({status, "text/plain", detail, {}, false});
    }

  private:
    struct Counted final : http::Context {
        explicit Counted(Seen& seen) : seen_(seen) { ++seen_.contexts; }
        ~Counted() override { --seen_.contexts; }
        Seen& seen_;
    };

    static std::string line_of(http::Request const& request) {
        std::string line(request.method_text);
        line += ' ';
        line += request.target;
        if (!request.body.empty()) line.append(" ").append(request.body);
        return line;
    }
    void wait_for_answer(http::Exchange& exchange) {
        auto respond = [this, &exchange](http::Response const& response) {
            executor_.post(
                [&exchange, status = response.status, body = std::string(response.body)] {
                    exchange.respond({status, "text/plain", body, {}, false});
                });
        };
        seen_.waiting.with([&](auto& w) { w.push_back(respond); });
    }

    Seen& seen_;
    http::Executor& executor_;
};

class HttpFixture {
  public:
    static http::Options one_thread() {
        http::Options options;
        options.threads = 1;
        options.listen = {"127.0.0.1:0"};
        return options;
    }

    explicit HttpFixture(http::Options options = one_thread(), Clock& clock = system_clock()) {
        auto started =
            http::Server::start(std::move(options), clock, [this](http::Executor& executor) {
                return std::make_unique<EchoHandler>(seen, executor);
            });
        CHECK(started.has_value());
        server = std::move(started.value());
    }

    [[nodiscard]] RawClient connect() const { return RawClient(server->addresses().front()); }
    [[nodiscard]] http::Stats const& stats() const { return server->stats(); }

    Seen seen;  // outlives the server
    std::unique_ptr<http::Server> server;
};

}  // namespace inlet::test
