// collect.hpp - what POST /track, /alias and /profile promise: 200 means that every row of the request has
// survived fdatasync (and with server.ack = "sink" has reached the sink too), and any other answer names the reason.
// Threads:   one Collect per io thread; completions come back to it through its intake.
// Ownership: all that the constructor refers to outlives it.
// Bounds:    a body inflates to at most max_body_bytes; rows as event::Limits says.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "api/admission.hpp"
#include "api/options.hpp"
#include "api/reply.hpp"
#include "api/sink_acks.hpp"
#include "api/stats.hpp"
#include "base/clock.hpp"
#include "event/event.hpp"
#include "http/message.hpp"
#include "http/server.hpp"
#include "journal/intake.hpp"
#include "journal/journal.hpp"

namespace inlet::api {

class Collect {
  public:
    struct Options {
        event::Limits limits = {};
        std::size_t max_body_bytes = 1 << 20;  // after gunzip
        bool plain_post = true;
        StoredAddress store_address = StoredAddress::none;
        std::int64_t retry_after_s = 5;
        SinkAcks* acks = nullptr;  // with server.ack = "sink": whom to wait for behind the journal
        std::int64_t ack_timeout_ms = 10'000;
    };

    Collect(Options options, Admission& admission, journal::Journal& journal,
            http::Executor& executor, Clock& clock, Replier& replier, Stats& stats);

    void handle(event::Kind kind, http::Request const& request, Call call);
    // Puts on their way the rows of all requests handled since, and sees to those that have waited long enough: a lane
    // tells of itself only between two calls to its destination.
    void turn_over();

  private:
    // A request between append() and its answer. One per connection, reused.
    struct Pending final : http::Context, journal::Waiter {
        Call call;
        event::Kind kind = event::Kind::track;
        std::uint32_t rows = 0;
        std::vector<std::string> warnings;
        std::int64_t ack_deadline_ms = 0;
    };
    bool admit(http::Request const& request, Call& call);
    bool takes_connection(http::Request const& request, Call const& call);
    bool takes_media_type(http::Request const& request, Call const& call);
    bool inflate(http::Request const& request, Call const& call, std::string_view& body);
    void store(event::Kind kind, event::Outcome outcome, Call const& call);
    void answer_completed();
    void answer(Pending& pending);
    void accept(Pending& pending);
    void answer_delivered();
    void answer_delivered(event::Kind kind);
    [[nodiscard]] bool has_overdue() const;
    std::deque<Pending*>& waiting_for(event::Kind kind) {
        return unconfirmed_[static_cast<std::size_t>(kind) - 1];
    }
    void refuse(Call const& call, Rejection rejection, Problem const& problem);
    void refuse_admission(Call const& call, Admission::Verdict verdict);
    void refuse_journal(Call const& call, Errc code);

    Options const options_;
    std::string const retry_after_;
    Admission& admission_;
    http::Executor& executor_;
    journal::Intake intake_;
    Clock& clock_;
    Replier& replier_;
    Stats& stats_;
    event::Renderer renderer_;
    // In the journal, not yet in the sink: by kind, in order of seq and deadline.
    std::array<std::deque<Pending*>, 3> unconfirmed_;
    std::string inflated_;
    std::string shown_;  // credentials, decoded
};

}  // namespace inlet::api
