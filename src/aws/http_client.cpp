#include "aws/http_client.hpp"

#include "aws/curl_client.hpp"

namespace inlet::aws {

std::string_view HttpReply::header(std::string_view name) const {
    for (Header const& header : headers) {
        if (header.name == name) return header.value;
    }
    return {};
}

Result<HttpReply> HttpClient::send(HttpRequest const& request) {
    return std::move(send_all({&request, 1}).front());
}

bool may_have_arrived(Error const& error) {
    return error.sys_errno == 0 && error.code != Errc::invalid;
}

std::unique_ptr<HttpClient> make_http_client(HttpClientOptions const& options) {
    return std::make_unique<CurlClient>(options);
}

}  // namespace inlet::aws
