// health.hpp - GET /health/live and /health/ready, on both listeners.
// Threads: any.
#pragma once

#include <atomic>

#include "api/reply.hpp"
#include "journal/journal.hpp"

namespace inlet::api {

class Health {
  public:
    explicit Health(journal::Journal const& journal) : journal_(journal) {}

    // From here on not ready, so that a load balancer looks elsewhere before the listeners close.
    void set_stopping() { stopping_ = true; }

    // "ready", or why not: "the journal cannot be written", "the journal is full", "shutting down".
    [[nodiscard]] std::string_view readiness() const;
    [[nodiscard]] bool ready() const { return readiness() == kReady; }

    static bool knows(std::string_view path) {
        return path == "/health/live" || path == "/health/ready";
    }
    void handle(std::string_view path, Call const& call, Replier& replier,
                std::string_view retry_after) const;

  private:
    static constexpr std::string_view kReady = "ready";
    journal::Journal const& journal_;
    std::atomic<bool> stopping_{false};
};

}  // namespace inlet::api
