// app.hpp - the server: every part, made in the order in which each needs the ones before it.
// Threads: start(), stop() and the destructor from main.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/admin_handler.hpp"
#include "api/public_handler.hpp"
#include "app/cloudwatch.hpp"
#include "app/sinks.hpp"
#include "config/config.hpp"
#include "delivery/delivery.hpp"
#include "http/server.hpp"
#include "journal/journal.hpp"
#include "metrics/metrics.hpp"

namespace inlet::app {

class App {
  public:
    App(FileSystem& fs, Clock& clock, config::Config config);
    ~App();  // stop()
    App(App const&) = delete;
    App& operator=(App const&) = delete;

    // Returns when everything runs and requests are taken.
    Result<void> start();
    // Mirrors start(): refuses new work, answers what is under way, commits, delivers, all within the
    // configured deadline. What is not delivered by then goes out after the next start. Idempotent.
    void stop();

    // New certificate files into use; keeps the old ones if they are no good.
    void reload_tls();

    [[nodiscard]] std::vector<std::string> addresses() const;
    [[nodiscard]] std::vector<std::string> tls_addresses() const;
    [[nodiscard]] std::vector<std::string> admin_addresses() const;
    // For the watchdog: whether the commit loop has gone round lately.
    [[nodiscard]] bool alive() const;

  private:
    Result<void> start_journal();
    Result<void> start_delivery();
    Result<void> start_admin();
    Result<void> start_cloudwatch();
    Result<void> start_public();
    Result<Secret> admin_token();

    FileSystem& fs_;
    Clock& clock_;
    config::Config config_;
    std::int64_t started_ms_ = 0;

    api::Stats api_stats_;
    api::SinkAcks sink_acks_;
    std::vector<journal::StoredLane> stored_lanes_;
    std::unique_ptr<journal::Journal> journal_;
    Aws aws_;  // empty if nothing wants it
    std::unique_ptr<delivery::Delivery> delivery_;
    std::optional<api::Health> health_;
    std::optional<api::Cors> cors_;
    std::unique_ptr<api::Admission> admission_;
    std::optional<api::Shared> shared_;
    std::optional<api::AdminSources> admin_sources_;
    std::optional<metrics::Sources> metrics_;
    std::unique_ptr<http::Server> public_;
    std::unique_ptr<http::Server> admin_;
    std::unique_ptr<metrics::CloudWatchPublisher> cloudwatch_;
};

}  // namespace inlet::app
