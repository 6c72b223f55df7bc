// public_handler.hpp - the routes of the public listener; docs/api.md describes each.
// Threads: one per io thread.
#pragma once

#include <functional>

#include "api/collect.hpp"
#include "api/cors.hpp"
#include "api/health.hpp"
#include "api/options.hpp"
#include "api/pages.hpp"
#include "api/reply.hpp"
#include "base/file.hpp"
#include "http/message.hpp"

namespace inlet::api {

// What all io threads share; outlives the handlers.
struct Shared {
    ApiOptions const& options;
    Collect::Options collect;
    Admission& admission;
    Cors const& cors;
    journal::Journal& journal;
    Health const& health;
    FileSystem& fs;
    Clock& clock;
    Stats& stats;
};

class PublicHandler final : public http::Handler {
  public:
    PublicHandler(Shared const& shared, http::Executor& executor);

    void handle(http::Request const& request, http::Exchange& exchange) override;
    void refuse(unsigned status, std::string_view detail, http::Exchange& exchange) override;
    void turn_over() override { collect_.turn_over(); }

  private:
    Call begin(std::int64_t unix_ms, std::string_view origin, http::Exchange& exchange);
    void wrong_method(Call const& call, std::string_view allow);
    void preflight(http::Request const& request, Call const& call, std::string_view allow);

    Shared const& shared_;
    UuidSource ids_;
    Replier replier_;
    Collect collect_;
    Pages pages_;
};

}  // namespace inlet::api
