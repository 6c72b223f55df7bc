// curl_client.hpp - HttpClient on libcurl's multi interface: one loop, any number of exchanges at once.
// Threads: one, except cancel().
#pragma once

#include <atomic>
#include <curl/curl.h>
#include <memory>
#include <vector>

#include "aws/curl_exchange.hpp"
#include "aws/http_client.hpp"

namespace inlet::aws {

class CurlClient final : public HttpClient {
  public:
    explicit CurlClient(HttpClientOptions options);

    std::vector<Result<HttpReply>> send_all(std::span<HttpRequest const> requests) override;
    void cancel() override;

  private:
    struct Under;  // what one send_all() has under way

    void run(Under& under);
    void collect(Under& under);

    struct Free {
        void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
    };
    HttpClientOptions const options_;
    std::unique_ptr<CURLM, Free> multi_;  // keeps the connections
    std::atomic<bool> cancelled_{false};
};

}  // namespace inlet::aws
