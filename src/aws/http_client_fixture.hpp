// http_client_fixture.hpp - requests and scripts for the tests of the HTTP client.
#pragma once

#include <chrono>
#include <gtest/gtest.h>
#include <memory>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>

#include <unistd.h>

#include "aws/http_client.hpp"
#include "support/scripted_server.hpp"

namespace inlet::aws {

using test::ok_reply;
using test::ScriptedConnection;
using test::ScriptedServer;

inline HttpRequest get(std::string_view url) {
    HttpRequest request;
    request.url = url;
    request.timeout_ms = 5'000;
    return request;
}

inline HttpRequest post(std::string_view url, std::string_view body) {
    HttpRequest request = get(url);
    request.method = "POST";
    request.body = body;
    return request;
}

inline void answer_all(ScriptedConnection& connection, std::string const& reply) {
    while (!connection.read_request().empty()) {
        if (!connection.send(reply)) return;
    }
}

inline ScriptedServer::Script always(std::string reply) {
    return [reply = std::move(reply)](ScriptedConnection& c) { answer_all(c, reply); };
}

// One request, these bytes, the end of the connection.
inline ScriptedServer::Script once(std::string bytes) {
    return [bytes = std::move(bytes)](ScriptedConnection& c) {
        if (!c.read_request().empty()) c.send(bytes);
    };
}

inline int free_port() {
    int const fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    ::bind(fd, any, size);
    ::getsockname(fd, any, &size);
    ::close(fd);
    return ntohs(address.sin_port);
}

inline std::int64_t elapsed_ms(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                                 start)
        .count();
}

class HttpClientTest : public ::testing::Test {
  protected:
    std::unique_ptr<HttpClient> client = make_http_client({});
};

}  // namespace inlet::aws
