// client.hpp - signed calls to one service in one region.
// Credentials that are refused are fetched anew and the call is repeated once; so is a call refused
// because our clock is wrong, with the time of the service. All other repeating is the caller's.
// Threads:   one, except cancel(). Ownership: what is passed by reference must outlive it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/credentials.hpp"
#include "aws/failure.hpp"
#include "aws/http_client.hpp"
#include "aws/signer.hpp"
#include "base/clock.hpp"

namespace inlet::aws {

// "https", "firehose.eu-central-1.amazonaws.com", "": where requests go.
struct Endpoint {
    std::string scheme;
    std::string host;       // with a port if it is not the scheme's own
    std::string path = {};  // in front of every path; "" or "/base"
};

struct Service {
    std::string signing_name;  // "firehose", "s3", "sts"
    std::string region;
    Endpoint endpoint;
};

struct Call {
    std::string method = "POST";
    std::string path = "/";  // not encoded: the client encodes each byte once, "/" stays
    std::vector<std::pair<std::string, std::string>> query = {};  // not encoded
    std::vector<Header> headers = {};  // without host, date, token, content hash
    std::string_view body = {};
    std::string_view body_sha256 = {};  // in hex, if the caller knows it; else computed
    std::string host_prefix = {};       // "bucket." for S3's virtual hosts
    std::int64_t timeout_ms = 60'000;
    std::size_t max_reply_bytes = 1 << 20;
};

class Client {
  public:
    Client(Service service, CredentialSource& credentials, HttpClient& http, Clock& clock);

    // At the same time, replies in the order of the calls. A status of 2xx is a value, and so is one
    // of 304, 404 or 412: to some calls they are answers. All else is a Failure.
    std::vector<Outcome> call_all(std::span<Call const> calls);
    Outcome call(Call const& call);
    // From any thread: calls end with `stopping` from now on, and whoever shares the credentials waits for them no more.
    void cancel();

    [[nodiscard]] Service const& service() const { return service_; }

  private:
    struct Tries;  // of one call_all()

    HttpRequest to_request(Call const& call, Credentials const& credentials);
    void send(Tries& tries, Credentials const& credentials);
    bool correct_clock(Tries const& tries);

    Service service_;
    CredentialSource& credentials_;
    HttpClient& http_;
    Clock& clock_;
    Signer signer_;
    std::int64_t skew_ms_ = 0;  // the service's clock less ours
};

}  // namespace inlet::aws
