// curl_exchange.hpp - one request and its reply as libcurl sees them.
// Threads: one. Ownership: the request must outlive it.
#pragma once

#include <array>
#include <curl/curl.h>
#include <memory>
#include <string>
#include <string_view>

#include "aws/http_client.hpp"

namespace inlet::aws {

// Loopback and link-local: credentials come from such addresses, so no proxy may see what goes there, nor
// could it reach them.
bool is_near(std::string_view url);

class CurlExchange {
  public:
    CurlExchange(HttpRequest const& request, HttpClientOptions const& options);
    CurlExchange(CurlExchange const&) = delete;
    CurlExchange& operator=(CurlExchange const&) = delete;

    // Errors: invalid: the request cannot be sent as it is.
    Result<void> prepare();
    [[nodiscard]] CURL* handle() const { return easy_.get(); }

    // The reply, or the error that `code` means.
    Result<HttpReply> finish(CURLcode code);
    // It was given up before its end.
    [[nodiscard]] Error cancelled() const;

  private:
    static std::size_t on_read(char* out, std::size_t size, std::size_t count, void* self);
    static std::size_t on_header(char* line, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);

    template <class T>
    void set(CURLoption option, T value);
    void set_connection();
    void set_deadlines();
    void set_method();
    Result<void> set_headers();
    void add_header(std::string const& line);
    bool take_header(std::string_view line);
    [[nodiscard]] bool was_sent() const;
    [[nodiscard]] Error error(Errc code, std::string_view reason) const;

    struct FreeEasy {
        void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
    };
    struct FreeList {
        void operator()(curl_slist* list) const { curl_slist_free_all(list); }
    };
    HttpRequest const& request_;
    HttpClientOptions const& options_;
    std::unique_ptr<curl_slist, FreeList> headers_;
    std::array<char, CURL_ERROR_SIZE> reason_ = {};
    std::unique_ptr<CURL, FreeEasy> easy_;  // uses the two above
    std::size_t body_sent_ = 0;
    std::size_t header_bytes_ = 0;
    bool is_too_long_ = false;
    bool has_whole_head_ = false;
    HttpReply reply_;
};

}  // namespace inlet::aws
