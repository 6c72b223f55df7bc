// admin_handler.hpp - the routes of the admin listener: /metrics, /status, /health/*. Loopback by default.
// With a token, all but /health/* ask for it.
// Threads: one per io thread; the two functions are called on it.
#pragma once

#include <functional>
#include <string>

#include "api/health.hpp"
#include "api/reply.hpp"
#include "base/clock.hpp"
#include "base/secret.hpp"
#include "http/message.hpp"

namespace inlet::api {

struct AdminSources {
    std::function<std::string()> metrics;  // Prometheus text
    std::function<std::string()> status;   // JSON
    Health const& health;
    Clock& clock;
    Secret token;  // empty: none is asked for
};

class AdminHandler final : public http::Handler {
  public:
    explicit AdminHandler(AdminSources const& sources) : sources_(sources) {}

    void handle(http::Request const& request, http::Exchange& exchange) override;
    void refuse(unsigned status, std::string_view detail, http::Exchange& exchange) override;

  private:
    Call begin(http::Exchange& exchange);
    bool admits(http::Request const& request);

    AdminSources const& sources_;
    UuidSource ids_;
    Replier replier_;
    std::string shown_;
};

}  // namespace inlet::api
