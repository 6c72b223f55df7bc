#include "app/app.hpp"

#include <algorithm>
#include <utility>

#include "api/write_key_text.hpp"
#include "app/service_manager.hpp"
#include "base/log.hpp"
#include "http/listener.hpp"
#include "http/private_address.hpp"

namespace inlet::app {
namespace {

// The commit loop goes round once a second when idle; a disk that takes this long for one sync is as good as dead.
constexpr std::int64_t kDeadBeatNs = 60'000'000'000;

// Flushing the sinks may take what is left of the deadline, but always gets this much.
constexpr std::int64_t kMinFlushMs = 1'000;

}  // namespace

App::App(FileSystem& fs, Clock& clock, config::Config config)
    : fs_(fs), clock_(clock), config_(std::move(config)) {}

App::~App() {
    stop();
}

Result<void> App::start() {
    started_ms_ = clock_.unix_ms();
    TRY(start_journal());   // recovers, and is ready to commit before anybody can ask
    TRY(start_delivery());  // goes on where the cursors are, whether or not requests come
    health_.emplace(*journal_);
    TRY(start_public());
    metrics_.emplace(metrics::Sources{api_stats_, *admission_, public_->stats(), *journal_,
                                      *delivery_, clock_, started_ms_});
    TRY(start_admin());  // late, because it shows all the others
    TRY(start_cloudwatch());
    return success();
}

void App::stop() {
    if (!journal_) return;
    auto const deadline = clock_.steady_ms() + config_.drain_timeout_ms;
    auto const left = [&] { return std::max<std::int64_t>(0, deadline - clock_.steady_ms()); };
    if (health_) health_->set_stopping();
    // Waiting for it would cost the lanes their time, and ending its wait for credentials would end theirs.
    if (cloudwatch_) cloudwatch_->ask_to_stop();
    if (public_) {
        public_->stop_accepting();
        public_->stop(left());  // answers what is under way; the journal still commits
    }
    journal_->stop();
    if (delivery_) delivery_->stop(std::max(left(), kMinFlushMs));
    if (admin_) admin_->stop(0);  // last, so that a stop can be watched
    cloudwatch_.reset();
    admin_.reset();
    public_.reset();
    delivery_.reset();
    journal_.reset();
}

Result<void> App::start_journal() {
    TRY(stored_lanes_, journal::read_lanes(fs_, config_.journal.dir));
    TRY(journal_,
        journal::Journal::open(fs_, clock_, config_.journal, journal::furthest(stored_lanes_)));
    return success();
}

Result<void> App::start_delivery() {
    if (wants_aws(config_) || config_.cloudwatch.enabled) {
        TRY(aws_, make_aws(config_.aws, clock_));
    }
    TRY(auto sinks, make_sinks(config_, fs_, clock_, aws_));
    if (sinks.empty()) log::warn("no sink is enabled: rows stay in the journal");
    auto const others = lanes_without_sink(stored_lanes_, sinks);
    delivery::Delivery::Options how{.journal_dir = config_.journal.dir,
                                    .quarantine_max_bytes = config_.quarantine_max_bytes};
    if (config_.api.ack == api::Ack::sink) {
        how.awaited_sink = config_.api.ack_sink;
        how.on_awaited_round = [this](std::string_view type, std::uint64_t next_seq) {
            sink_acks_.advance(type, next_seq);
        };
    }
    TRY(delivery_,
        delivery::Delivery::start(fs_, clock_, *journal_, std::move(sinks), others, how));
    return success();
}

Result<void> App::start_public() {
    cors_.emplace(config_.api.cors_origins);
    TRY(auto keys, api::WriteKeys::load(fs_, config_.api.write_keys, config_.api.write_keys_file));
    admission_ = std::make_unique<api::Admission>(config_.api, std::move(keys), clock_);
    shared_.emplace(
        api::Shared{.options = config_.api,
                    .collect = {.limits = config_.event,
                                .max_body_bytes = config_.server.limits.max_body_bytes,
                                .plain_post = config_.api.plain_post,
                                .store_address = config_.api.store_address,
                                .retry_after_s = config_.api.retry_after_s,
                                .acks = config_.api.ack == api::Ack::sink ? &sink_acks_ : nullptr,
                                .ack_timeout_ms = config_.api.ack_timeout_ms},
                    .admission = *admission_,
                    .cors = *cors_,
                    .journal = *journal_,
                    .health = *health_,
                    .fs = fs_,
                    .clock = clock_,
                    .stats = api_stats_});
    TRY(public_, http::Server::start(config_.server, clock_, [this](http::Executor& executor) {
            return std::make_unique<api::PublicHandler>(*shared_, executor);
        }));
    return success();
}

Result<void> App::start_admin() {
    if (config_.admin.listen.empty() && config_.admin.inherited.empty()) return success();
    TRY(auto const token, admin_token());
    for (int const socket : config_.admin.inherited) {
        if (!token.empty() || http::is_private_address(http::bound_address(socket))) continue;
        return fail(Errc::invalid,
                    "the admin socket that the service manager passes can be reached from other "
                    "machines: set admin.token or admin.token_file");
    }
    admin_sources_.emplace(
        api::AdminSources{.metrics = [this] { return metrics::prometheus_text(*metrics_); },
                          .status = [this] { return metrics::status_json(*metrics_); },
                          .health = *health_,
                          .clock = clock_,
                          .token = token});
    TRY(admin_, http::Server::start(config_.admin, clock_, [this](http::Executor&) {
            return std::make_unique<api::AdminHandler>(*admin_sources_);
        }));
    return success();
}

// The first line of its file, or as configured.
Result<Secret> App::admin_token() {
    auto const& file = config_.api.admin_token_file;
    if (file.empty()) return Secret(config_.api.admin_token);
    constexpr std::size_t kMaxFileBytes = 4096;
    TRY(auto const text, read_file(fs_, file, kMaxFileBytes));
    auto const token = text.substr(0, text.find_first_of("\r\n"));
    if (!api::is_secret_text(token))
        return fail(Errc::invalid, file + ": the first line " + api::kTokenRule);
    return Secret(token);
}

Result<void> App::start_cloudwatch() {
    if (!config_.cloudwatch.enabled) return success();
    TRY(cloudwatch_, make_cloudwatch(config_, aws_, *metrics_, clock_));
    cloudwatch_->run();
    return success();
}

void App::reload_tls() {
    auto const reloaded = public_->reload_tls();
    if (reloaded) return log::info("certificate files read again");
    log::error("the new certificate is not used", {{"reason", reloaded.error().message()}});
}

std::vector<std::string> App::addresses() const {
    return public_->addresses();
}
std::vector<std::string> App::tls_addresses() const {
    return public_->tls_addresses();
}
std::vector<std::string> App::admin_addresses() const {
    return admin_ ? admin_->addresses() : std::vector<std::string>();
}

bool App::alive() const {
    return clock_.steady_ns() - journal_->last_beat_ns() < kDeadBeatNs;
}

}  // namespace inlet::app
