#include "aws/curl_client.hpp"

#include <algorithm>
#include <optional>

#include "base/check.hpp"

namespace inlet::aws {
namespace {

// Nothing but a wake-up, data or a timer of libcurl is waited for; this is only how long a lost
// wake-up could last.
constexpr int kPollMs = 1'000;

void prepare_library() {
    // Once in the process, however many clients there are.
    static CURLcode const done = curl_global_init(CURL_GLOBAL_DEFAULT);
    CHECK(done == CURLE_OK);
}

}  // namespace

struct CurlClient::Under {
    std::vector<std::unique_ptr<CurlExchange>> exchanges;  // nothing: it has ended
    std::vector<std::optional<Result<HttpReply>>> results;

    std::size_t index_of(CURL* easy) const {
        auto const found = std::find_if(exchanges.begin(), exchanges.end(), [&](auto const& e) {
            return e != nullptr && e->handle() == easy;
        });
        CHECK(found != exchanges.end());
        return static_cast<std::size_t>(found - exchanges.begin());
    }
};

CurlClient::CurlClient(HttpClientOptions options) : options_(std::move(options)) {
    prepare_library();
    multi_.reset(curl_multi_init());
    CHECK(multi_ != nullptr);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, kMaxIdleConnections);
    curl_multi_setopt(multi_.get(), CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

void CurlClient::cancel() {
    cancelled_.store(true);
    curl_multi_wakeup(multi_.get());
}

std::vector<Result<HttpReply>> CurlClient::send_all(std::span<HttpRequest const> requests) {
    Under under;
    for (HttpRequest const& request : requests) {
        auto exchange = std::make_unique<CurlExchange>(request, options_);
        auto prepared = exchange->prepare();
        auto& result = under.results.emplace_back();
        if (!prepared) {
            result.emplace(prepared.error());
            exchange.reset();
        } else {
            CHECK(curl_multi_add_handle(multi_.get(), exchange->handle()) == CURLM_OK);
        }
        under.exchanges.push_back(std::move(exchange));
    }
    run(under);
    std::vector<Result<HttpReply>> replies;
    replies.reserve(requests.size());
    for (auto& result : under.results) replies.push_back(std::move(*result));
    return replies;
}

void CurlClient::run(Under& under) {
    int running = 1;
    while (running > 0 && !cancelled_.load()) {
        if (curl_multi_perform(multi_.get(), &running) != CURLM_OK) break;
        collect(under);
        if (running > 0) curl_multi_poll(multi_.get(), nullptr, 0, kPollMs, nullptr);
    }
    for (std::size_t i = 0; i < under.exchanges.size(); ++i) {
        auto& exchange = under.exchanges[i];
        if (!exchange) continue;
        bool const was_cancelled = cancelled_.load();
        under.results[i].emplace(was_cancelled ? Result<HttpReply>(exchange->cancelled())
                                               : exchange->finish(CURLE_FAILED_INIT));
        curl_multi_remove_handle(multi_.get(), exchange->handle());
        exchange.reset();
    }
}

void CurlClient::collect(Under& under) {
    int left = 0;
    while (CURLMsg const* const message = curl_multi_info_read(multi_.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        // The message is gone once its handle is removed.
        CURL* const easy = message->easy_handle;
        CURLcode const code = message->data.result;
        std::size_t const i = under.index_of(easy);
        under.results[i].emplace(under.exchanges[i]->finish(code));
        curl_multi_remove_handle(multi_.get(), easy);
        under.exchanges[i].reset();
    }
}

}  // namespace inlet::aws
