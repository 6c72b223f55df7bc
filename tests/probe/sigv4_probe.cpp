// sigv4_probe - prints the requests that aws::Client would send, for comparison with botocore
// (tests/e2e/test_sigv4.py).
//   stdin, one call a line:   field=HEX field=HEX ...        header and query items: h=HEXNAME:HEXVALUE
//   stdout, one line each:    url=HEX h=HEXNAME:HEXVALUE ...
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "aws/client.hpp"
#include "base/check.hpp"
#include "base/id.hpp"

namespace inlet::aws {
namespace {

// Keeps the last request instead of sending it.
class Recorder final : public HttpClient {
  public:
    std::vector<Result<HttpReply>> send_all(std::span<HttpRequest const> requests) override {
        last = requests.front();
        return std::vector<Result<HttpReply>>(requests.size(), HttpReply{200});
    }
    void cancel() override {}

    HttpRequest last;
};

class GivenCredentials final : public CredentialSource {
  public:
    explicit GivenCredentials(Credentials credentials) : credentials_(std::move(credentials)) {}
    Result<Credentials> get() override { return credentials_; }
    void refused(Credentials const& /*credentials*/) override {}
    void stop_waiting() override {}

  private:
    Credentials credentials_;
};

class GivenClock final : public Clock {
  public:
    explicit GivenClock(std::int64_t unix_ms) : unix_ms_(unix_ms) {}
    std::int64_t unix_ms() override { return unix_ms_; }
    std::int64_t steady_ns() override { return 0; }

  private:
    std::int64_t unix_ms_;
};

std::string from_hex(std::string_view hex) {
    CHECK(hex.size() % 2 == 0);
    std::string out;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        out += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return out;
}

std::pair<std::string, std::string> pair_from_hex(std::string_view text) {
    auto const colon = text.find(':');
    CHECK(colon != std::string_view::npos);
    return {from_hex(text.substr(0, colon)), from_hex(text.substr(colon + 1))};
}

std::string answer(std::string const& line) {
    std::map<std::string, std::string> field;
    Call call;
    std::istringstream words(line);
    for (std::string word; words >> word;) {
        auto const equals = word.find('=');
        CHECK(equals != std::string::npos);
        std::string const name = word.substr(0, equals);
        std::string_view const value = std::string_view(word).substr(equals + 1);
        if (name == "q") {
            call.query.push_back(pair_from_hex(value));
        } else if (name == "h") {
            auto [header, text] = pair_from_hex(value);
            call.headers.push_back({std::move(header), std::move(text)});
        } else {
            field[name] = from_hex(value);
        }
    }
    call.method = field["method"];
    call.path = field["path"];
    call.body = field["body"];
    call.body_sha256 = field["body_sha256"];
    call.host_prefix = field["host_prefix"];

    GivenCredentials credentials({field["key"], field["secret"], field["token"]});
    GivenClock clock(std::stoll(field["unix_ms"]));
    Recorder recorder;
    Service const service{
        field["service"], field["region"], {field["scheme"], field["host"], field["base"]}};
    CHECK(Client(service, credentials, recorder, clock).call(call).has_value());
    std::string out = "url=" + to_hex(recorder.last.url);
    for (Header const& header : recorder.last.headers) {
        out += " h=" + to_hex(header.name) + ':' + to_hex(header.value);
    }
    return out;
}

}  // namespace
}  // namespace inlet::aws

int main() {
    std::ios::sync_with_stdio(false);
    for (std::string line; std::getline(std::cin, line);) {
        std::cout << inlet::aws::answer(line) << '\n';
    }
    return 0;
}
