// reply.hpp - the replies of the API: JSON, problems (RFC 9457), and the headers that all of them share.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "api/write_keys.hpp"
#include "base/id.hpp"
#include "event/event.hpp"
#include "http/message.hpp"

namespace inlet::api {

// One request while it is answered: what every reply to it needs.
struct Call {
    http::Exchange* exchange = nullptr;
    UuidText request_id = {};
    std::string_view cors = {};  // header lines; they outlive the request (Cors)
    std::string_view route =
        "no route";  // for the access log; a constant, never what a client sent

    WriteKey* key = nullptr;  // that the client has shown; null if none is asked for

    [[nodiscard]] std::string_view id() const { return {request_id.data(), request_id.size()}; }
};

struct Problem {
    unsigned status;
    std::string_view detail;
    std::span<event::Problem const> errors = {};
    std::string_view extra_headers = {};  // whole lines: Allow, Retry-After
    bool close = false;
};

// Writes replies for one io thread, reusing its buffers.
class Replier {
  public:
    explicit Replier(bool access_log = false) : access_log_(access_log) {}

    void send(Call const& call, http::Response response);
    void json(Call const& call, unsigned status, std::string_view body);
    void problem(Call const& call, Problem const& problem);
    // 200 of the three POST routes.
    void accepted(Call const& call, std::uint32_t rows, std::span<std::string const> warnings);

  private:
    bool const access_log_;
    std::string headers_;
    std::string body_;
};

// "Retry-After: 5\r\n"
std::string retry_after(std::int64_t seconds);

}  // namespace inlet::api
