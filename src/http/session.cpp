#include "http/session.hpp"

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "http/forwarded_for.hpp"
#include "http/head_parser.hpp"
#include "http/worker.hpp"

namespace inlet::http {
namespace {

// After this many receives in a row the other connections of the thread get their turn.
constexpr int kMaxTurns = 16;

// So much of replies goes out before more requests of a pipeline are looked at: one may ask for megabytes in 50 bytes.
constexpr std::size_t kGatheredReplyBytes = 64 << 10;

// Closing a socket with unread input makes the kernel send a reset, which may destroy the last
// reply on its way (RFC 9112, 9.6). So input is read and thrown away, up to these bounds.
constexpr std::int64_t kLingerMs = 2'000;
constexpr std::size_t kLingerBytes = 4 << 20;

// At a stop, how long a new connection may take to send something: its bytes follow the handshake closely.
constexpr std::int64_t kFirstRequestMs = 250;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

Session::Session(Worker& worker, Accepted const& accepted, std::unique_ptr<TlsStream> tls)
    : worker_(worker),
      transport_(accepted.fd, std::move(tls)),
      peer_(accepted.peer),
      peer_is_trusted_(accepted.peer_is_trusted),
      counted_as_(accepted.counted_as) {
    if (!accepted.proxied) {
        wait_for_client();
        return;
    }
    phase_ = Phase::proxy_header;
    proxy_header_ = std::make_unique<ProxyHeader>();
    input_deadline_ms_ = worker_.now_ms() + worker_.limits().header_timeout_ms;
}

// For its handshake, or its first request.
void Session::wait_for_client() {
    auto const& limits = worker_.limits();
    phase_ = transport_.secure() ? Phase::handshake : Phase::head;
    input_deadline_ms_ = worker_.now_ms() + (phase_ == Phase::handshake ? limits.header_timeout_ms
                                                                        : limits.idle_timeout_ms);
}

void Session::on_ready(std::uint32_t events) {
    if (!is_open()) return;  // closed earlier in this turn
    transport_.on_events(events);
    advance();
}

void Session::resume() {
    if (is_open()) advance();
}

// Goes on until something must be waited for.
void Session::advance() {
    if (phase_ == Phase::proxy_header && !read_proxy_header()) return;
    if (phase_ == Phase::handshake && !shake_hands()) return;
    for (int turn = 0; flush(); ++turn) {
        if (phase_ == Phase::lingering) return linger();
        if (phase_ == Phase::answering) return;
        bool const has_more = serve_buffered();
        if (!flush()) return;
        if (!reads_requests()) continue;
        if (turn >= kMaxTurns) return worker_.resume_later(*this);
        if (!has_more && !receive()) return;
    }
}

// Takes not a byte more than the header: the rest may be TLS. True when it is complete.
bool Session::read_proxy_header() {
    for (;;) {
        auto const out = worker_.scratch();
        IoResult const result =
            transport_.read_below_tls(out.first(std::min(out.size(), proxy_header_->wanted())));
        if (result.state == IoState::again) return false;
        if (result.state == IoState::ended) {
            // Without a byte it is a check whether the port is open.
            if (proxy_header_->is_begun()) worker_.stats().proxy_headers_malformed.add();
            close();
            return false;
        }
        auto const state = proxy_header_->take({out.data(), result.bytes});
        if (state == ProxyHeader::State::incomplete) continue;
        if (state == ProxyHeader::State::malformed) {
            worker_.stats().proxy_headers_malformed.add();
            close();
            return false;
        }
        auto const client = proxy_header_->client();
        proxy_header_.reset();
        if (client && !take_client(*client)) return false;
        // Of a client that it does not name, the proxy may pass on what that one says of itself.
        if (!client) peer_is_trusted_ = false;
        wait_for_client();
        if (worker_.is_stopping()) finish();
        return true;
    }
}

bool Session::take_client(IpAddress const& client) {
    peer_ = client;
    peer_is_trusted_ = contains(worker_.trusted_proxies(), client);
    if (peer_is_trusted_) return true;
    if (!worker_.connection_limits().admit_address(client.customer())) {
        worker_.stats().refused_connections.add();
        close();
        return false;
    }
    counted_as_ = client.customer();
    return true;
}

bool Session::shake_hands() {
    IoResult const result = transport_.handshake();
    if (result.state == IoState::again) return false;
    if (result.state == IoState::ended) {
        worker_.stats().tls_handshake_errors.add();
        close();
        return false;
    }
    phase_ = Phase::head;
    input_deadline_ms_ = worker_.now_ms() + worker_.limits().idle_timeout_ms;
    if (worker_.is_stopping()) finish();
    return true;
}

bool Session::receive() {
    if (!transport_.readable()) {
        input_.settle(worker_.buffers());
        return false;
    }
    if (!input_.empty() && worker_.buffers_are_full()) {
        refuse({503, "too much is being received at the moment"});
        return true;
    }
    IoResult const result = transport_.read(input_.make_room(expected_, worker_.buffers()));
    if (result.state == IoState::again) {
        input_.settle(worker_.buffers());
        return false;
    }
    if (result.state == IoState::ended) {
        close();
        return false;
    }
    input_.commit(result.bytes);
    worker_.stats().bytes_received.add(result.bytes);
    received_ns_ = worker_.now_ns();
    auto const rate = worker_.limits().body_min_rate;
    if (phase_ == Phase::body && rate > 0) {
        input_deadline_ms_ += static_cast<std::int64_t>(result.bytes * 1000 / rate);
    }
    return true;
}

void Session::linger() {
    for (;;) {
        IoResult const result = transport_.read(worker_.scratch());
        if (result.state == IoState::again) return;
        lingered_bytes_ += result.bytes;
        if (result.state == IoState::ended || lingered_bytes_ > kLingerBytes) return close();
    }
}

// Handles the complete requests that are in the buffer, until one is answered later. True if it stopped only to let
// the replies go first.
bool Session::serve_buffered() {
    while (reads_requests() && !input_.empty()) {
        if (output_.size() >= kGatheredReplyBytes) return true;
        bool const parsed = phase_ == Phase::head;
        if (phase_ == Phase::head && !read_head()) return false;
        if (!read_body()) return false;
        // Since then other heads may have been parsed, and the bytes may have moved.
        auto const head =
            input_.unread().substr(0, scanner_.head_end()).substr(scanner_.head_begin());
        if (!parsed) CHECK(!parse_head(head, worker_.limits(), worker_.head()));
        handle_request();
    }
    return false;
}

// True when the head is complete and says how to read the body.
bool Session::read_head() {
    auto const& limits = worker_.limits();
    switch (scanner_.scan(input_.unread(), limits)) {
        case HeadScanner::Result::refused:
            refuse(scanner_.refusal());
            return false;
        case HeadScanner::Result::incomplete:
            if (!head_deadline_set_)
                input_deadline_ms_ = worker_.now_ms() + limits.header_timeout_ms;
            head_deadline_set_ = true;
            expected_ = 0;
            return false;
        case HeadScanner::Result::complete:
            break;
    }
    Head& head = worker_.head();
    auto const text = input_.unread().substr(0, scanner_.head_end()).substr(scanner_.head_begin());
    if (auto const refusal = parse_head(text, limits, head)) {
        refuse(refusal);
        return false;
    }
    body_begin_ = scanner_.head_end();
    body_size_ = 0;
    content_length_ = head.content_length;
    chunked_ = head.chunked;
    keep_alive_ = head.keep_alive;
    expects_continue_ = head.expects_continue;
    framing_ = {.head_only = head.request.method == Method::head,
                .say_keep_alive = head.http_1_0 && head.keep_alive};
    return true;
}

// True when the body is complete.
bool Session::read_body() {
    if (chunked_ && !read_chunks()) return false;
    if (!chunked_) {
        request_end_ = expected_ = body_begin_ + content_length_;
        if (input_.unread().size() < request_end_) {
            wait_for_body();
            return false;
        }
        body_size_ = content_length_;
    }
    return true;
}

bool Session::read_chunks() {
    std::size_t const body_end = body_begin_ + body_size_;
    auto const raw = input_.unread().substr(body_end);
    auto const progress =
        chunks_.decode(raw, input_.unread_data() + body_end, worker_.limits().max_body_bytes);
    body_size_ += progress.produced;
    if (progress.refusal) {
        refuse(progress.refusal);
        return false;
    }
    if (progress.done) {
        request_end_ = body_end + progress.consumed;
        return true;
    }
    if (!raw.empty()) expects_continue_ = false;
    input_.cut_to(body_begin_ + body_size_);
    expected_ = 0;
    wait_for_body();
    return false;
}

void Session::wait_for_body() {
    // RFC 9110, 10.1.1: not needed if a part of the body is here already
    if (expects_continue_ && input_.unread().size() == body_begin_) output() += kContinue;
    expects_continue_ = false;
    if (phase_ == Phase::body) return;
    phase_ = Phase::body;
    input_deadline_ms_ = worker_.now_ms() + worker_.limits().body_timeout_ms;
}

void Session::handle_request() {
    Request& request = worker_.head().request;
    request.body = input_.unread().substr(body_begin_, body_size_);
    request.secure = transport_.secure();
    request.client = peer_is_trusted_ && worker_.head().forwarded
                         ? forwarded_client(peer_, request.headers, worker_.trusted_proxies())
                         : peer_;
    request.unix_ms = worker_.unix_ms();
    worker_.stats().requests.add();
    phase_ = Phase::answering;
    handling_ = true;
    worker_.ask_handler([&](Handler& handler) { handler.handle(request, *this); });
    handling_ = false;
    input_.consume(request_end_);
    scanner_.reset();
    chunks_.reset();
    head_deadline_set_ = false;
    expected_ = 0;
    if (phase_ == Phase::answering) input_.settle(worker_.buffers());
}

// Answers with an error and closes: what follows in the stream is never taken for a request.
void Session::refuse(Refusal refusal) {
    Stats& stats = worker_.stats();
    if (refusal.status == 400) stats.refused_syntax.add();
    if (refusal.status == 413) stats.refused_body_too_large.add();
    if (refusal.status == 414) stats.refused_target_too_long.add();
    if (refusal.status == 431) stats.refused_head_too_large.add();
    if (refusal.status == 503) stats.refused_buffers_full.add();
    closing_ = true;
    framing_ = {.head_only = input_.unread().starts_with("HEAD ")};
    phase_ = Phase::answering;
    handling_ = true;
    worker_.ask_handler([&](Handler& h) { h.refuse(refusal.status, refusal.detail, *this); });
    handling_ = false;
    CHECK(phase_ != Phase::answering);
    input_.drop(worker_.buffers());
}

void Session::respond(Response const& response) {
    CHECK(phase_ == Phase::answering);
    phase_ = Phase::head;
    if (!is_open())
        return worker_.bury(*this);  // the client, or the server, has gone in the meantime
    append(response);
    if (handling_) return;  // handle_request() goes on
    // Another connection may be in its handler, which has the views of a parsed head.
    if (worker_.is_asking_handler()) return worker_.resume_later(*this);
    advance();
}

void Session::append(Response const& response) {
    closing_ = closing_ || response.close || !keep_alive_ || worker_.is_stopping();
    framing_.close = closing_;
    append_reply(response, framing_, worker_.common_headers(transport_.secure()), output());
    ++replies_;
    auto& responses = worker_.stats().responses;
    responses[std::min<std::size_t>(response.status / 100, responses.size() - 1)].add();
}

std::string& Session::output() {
    if (output_.empty()) output_ = worker_.buffers().take_text();
    return output_;
}

// True when all output is with the kernel and the connection is open.
bool Session::flush() {
    if (output_.empty()) return true;
    while (sent_ < output_.size()) {
        IoResult const result = transport_.write(std::string_view(output_).substr(sent_));
        if (result.state == IoState::ended) {
            close();
            return false;
        }
        if (result.state == IoState::again) {
            wait_for_room();
            return false;
        }
        sent_ += result.bytes;
        output_deadline_ms_ = kNever;  // counts from the last progress
    }
    flushed();
    return true;
}

// The client does not take its reply as fast as it could be sent.
void Session::wait_for_room() {
    if (output_deadline_ms_ == kNever) {
        output_deadline_ms_ = worker_.now_ms() + worker_.limits().write_timeout_ms;
    }
    if (held_output_ == 0) {
        held_output_ = output_.capacity();
        worker_.buffers().count_lent(held_output_);
    }
    if (!worker_.buffers_are_full()) return;
    worker_.stats().refused_buffers_full.add();
    close();
}

void Session::release_output() {
    worker_.buffers().count_returned(std::exchange(held_output_, 0));
    worker_.buffers().give_back_text(std::exchange(output_, {}));
    sent_ = 0;
}

void Session::flushed() {
    worker_.stats().bytes_sent.add(sent_);
    if (replies_ > 0) {
        auto const took_ns = worker_.read_clock() - received_ns_;
        for (; replies_ > 0; --replies_) worker_.stats().request_time.observe_ns(took_ns);
        if (input_.empty())
            input_deadline_ms_ = worker_.now_ms() + worker_.limits().idle_timeout_ms;
        worker_.touch(*this);
    }
    release_output();
    if (!closing_ || phase_ == Phase::lingering) return;
    phase_ = Phase::lingering;
    input_.drop(worker_.buffers());
    input_deadline_ms_ = worker_.now_ms() + kLingerMs;
    transport_.shutdown_write();
}

void Session::finish() {
    if (!is_open() || !is_idle()) return;
    if (received_ns_ != 0) return close();
    input_deadline_ms_ = std::min(input_deadline_ms_, worker_.now_ms() + kFirstRequestMs);
}

bool Session::is_idle() const {
    return phase_ == Phase::head && !closing_ && input_.empty() && output_.empty();
}

std::int64_t Session::deadline_ms() const {
    if (!output_.empty()) return output_deadline_ms_;
    return phase_ == Phase::answering ? kNever : input_deadline_ms_;
}

void Session::check_deadline(std::int64_t now_ms) {
    if (now_ms >= deadline_ms()) miss_deadline();
}

void Session::miss_deadline() {
    Stats& stats = worker_.stats();
    if (!output_.empty()) {
        stats.timeouts_write.add();
        return close();
    }
    if (phase_ == Phase::body) {
        stats.timeouts_body.add();
        refuse({408, "the body did not arrive in time"});
    } else if (phase_ == Phase::head && !input_.empty()) {
        stats.timeouts_header.add();
        refuse({408, "the headers did not arrive in time"});
    } else {
        if (phase_ == Phase::head) stats.timeouts_idle.add();
        if (phase_ == Phase::handshake) stats.tls_handshake_errors.add();
        if (phase_ == Phase::proxy_header) stats.proxy_headers_malformed.add();
        return close();
    }
    advance();
}

void Session::close() {
    if (!is_open()) return;
    transport_.close();
    input_.drop(worker_.buffers());
    release_output();
    worker_.forget(*this);
}

}  // namespace inlet::http
