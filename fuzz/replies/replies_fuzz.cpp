// Any bytes as what AWS, or somebody in its place, answers. The first byte chooses the operation:
//   f Firehose   s S3   r STS   i instance metadata   c container metadata   p credential_process
// The rest are replies behind each other, with a line "==" between them:
//   STATUS             or "unavailable", "timeout" for no reply
//   name: value        headers, then an empty line
//   body
// Behind the last one nobody answers any more.
// Holds: every operation ends, with a value or with an error of one line; what is taken for credentials has all its parts, and
// no error repeats a secret.
#include <cerrno>
#include <charconv>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "aws/ascii.hpp"
#include "aws/container_credentials.hpp"
#include "aws/credential_chain.hpp"
#include "aws/credential_document.hpp"
#include "aws/firehose_api.hpp"
#include "aws/instance_credentials.hpp"
#include "aws/s3_api.hpp"
#include "aws/sts.hpp"
#include "base/check.hpp"
#include "base/log.hpp"
#include "fuzz/input.hpp"
#include "support/manual_clock.hpp"

namespace inlet::aws {
namespace {

constexpr std::string_view kSecret = "TheSecretOfTheCorpus";
constexpr int kMostRequests = 100;  // more would be a hot loop

class Script final : public HttpClient {
  public:
    explicit Script(fuzz::Input input) : input_(input) {}

    std::vector<Result<HttpReply>> send_all(std::span<HttpRequest const> requests) override {
        std::vector<Result<HttpReply>> replies;
        for (auto const& request : requests) replies.push_back(next(request));
        return replies;
    }
    void cancel() override {}

  private:
    Result<HttpReply> next(HttpRequest const& request) {
        CHECK(++requests_ < kMostRequests);
        for (auto const& [name, value] : request.headers) {
            CHECK(name.find_first_of("\r\n") == name.npos);
            CHECK(value.find_first_of("\r\n") == value.npos);
        }
        if (input_.empty()) return Error{Errc::unavailable, ECONNREFUSED, "nobody answers"};
        auto const text = input_.until("\n==\n");
        fuzz::Input one(reinterpret_cast<std::uint8_t const*>(text.data()), text.size());
        auto const status = one.until("\n");
        if (status == "timeout") return Error{Errc::timeout, ETIMEDOUT, "late"};
        if (status == "unavailable") return Error{Errc::unavailable, ECONNRESET, "reset"};
        HttpReply reply;
        reply.status = 200;
        std::from_chars(status.data(), status.data() + status.size(), reply.status);
        while (!one.empty()) {
            auto const line = one.until("\n");
            if (line.empty()) break;
            auto const colon = std::min(line.find(": "), line.size());
            reply.headers.push_back({lower(line.substr(0, colon)),
                                     std::string(line.substr(std::min(colon + 2, line.size())))});
        }
        reply.body = one.rest();
        // As the client promises.
        if (reply.body.size() > request.max_reply_bytes) return fail(Errc::full, "reply too long");
        return reply;
    }

    fuzz::Input input_;
    int requests_ = 0;
};

class NoSleep final : public Interrupt {
  public:
    bool sleep_ms(std::int64_t) override { return true; }
};

void check_error(Error const& error) {
    auto const text = error.message();
    CHECK(!text.empty() && text.size() < 4'000);
    for (char const c : text) CHECK(static_cast<unsigned char>(c) >= 0x20);
}

void check_credentials(Credentials const& credentials) {
    CHECK(!credentials.access_key_id.empty() && !credentials.secret_access_key.empty());
    for (auto const* part : {&credentials.access_key_id, &credentials.session_token})
        for (char const c : *part) CHECK(static_cast<unsigned char>(c) > ' ' && c != 0x7f);
}

template <class T>
void check_result(Result<T> const& result) {
    if (!result) check_error(result.error());
}

// Whether the secret stands in its own place alone: what a reply says elsewhere may be repeated.
bool is_in_its_place(std::string_view text) {
    for (auto at = text.find(kSecret); at != text.npos; at = text.find(kSecret, at + 1)) {
        auto const before = text.substr(0, at);
        if (!before.ends_with(R"("SecretAccessKey":")") && !before.ends_with("<SecretAccessKey>"))
            return false;
    }
    return true;
}

class Fetched {
  public:
    explicit Fetched(fuzz::Input input) : has_secret_(is_in_its_place(input.rest())) {}

    void check(Result<Credentials> const& result) const {
        if (result) return check_credentials(result.value());
        check_error(result.error());
        bool const repeated = result.error().message().find(kSecret) != std::string::npos;
        CHECK(!has_secret_ || !repeated);
    }
    void check(Result<std::optional<Credentials>> const& result) const {
        if (result && !result.value()) return;
        check(result ? Result<Credentials>(*result.value()) : result.error());
    }

  private:
    bool has_secret_;
};

struct World {
    test::ManualClock clock;
    NoSleep interrupt;
    Settings settings;
    Environment environment;
    Credentials credentials = {"AKIDEXAMPLE", "own secret"};
    std::unique_ptr<CredentialSource> source = fixed_credentials(credentials);

    World() {
        settings.region = "eu-central-1";
        settings.profile = "default";
        environment = [](std::string_view name) -> std::optional<std::string> {
            if (name == "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") return "/v2/credentials";
            return std::nullopt;
        };
    }
    ProviderContext context(HttpClient& http) {
        return {settings, environment, http, clock, interrupt};
    }
};

void put_to_firehose(World& world, fuzz::Input input) {
    auto service = resolve_service(world.settings, "firehose");
    CHECK(service.has_value());
    auto api = make_firehose_api(std::move(service).value(), *world.source,
                                 std::make_unique<Script>(input), world.clock);
    PutRecordBatch batch;
    batch.begin("inlet-track");
    for (char const* row : {"one\n", "two\n", "three\n"}) batch.add(row);
    batch.end();
    std::vector<PutRecordBatch const*> const calls = {&batch, &batch};
    auto const outcomes = api->put(calls);
    CHECK(outcomes.size() == calls.size());
    for (auto const& outcome : outcomes) {
        if (outcome) CHECK(outcome.value().size() == batch.records());
        if (!outcome) check_error(outcome.error().error("PutRecordBatch"));
    }
}

void use_s3(World& world, fuzz::Input input) {
    auto const choice = input.byte();
    auto service = resolve_service(world.settings, "s3");
    CHECK(service.has_value());
    Script script(input);
    Client client(std::move(service).value(), *world.source, script, world.clock);
    S3Api s3(client, {"bucket"});
    std::string const key = "raw/type=track/x";
    switch (choice) {
        case 'p':
            return check_result(s3.put_object(key, "body", {{"x-amz-meta-rows", "1"}}));
        case 'h':
            return check_result(s3.head_object(key));
        case 'g': {
            auto const range = s3.get_range(key, 3, 5);
            if (range) CHECK(range.value().size() == 5);
            return check_result(range);
        }
        case 'm': {
            auto const id = s3.create_multipart(key, {});
            check_result(id);
            if (!id) return;
            auto const part = s3.upload_part(key, id.value(), 1, "body");
            check_result(part);
            if (part) check_result(s3.complete_multipart(key, id.value(), {part.value()}));
            return check_result(s3.abort_multipart(key, id.value()));
        }
        default: {
            std::string token;
            for (int i = 0; i < 10; ++i) {
                auto const page = s3.list_objects("raw/", token);
                check_result(page);
                if (!page || page.value().next.empty()) return;
                token = page.value().next;
            }
        }
    }
}

void check_one(fuzz::Input input) {
    [[maybe_unused]] static bool const quiet = [] {
        log::configure(log::Level::off, log::Format::text);
        return true;
    }();
    World world;
    auto const choice = input.byte();
    Script script(input);
    Fetched const fetched(input);
    switch (choice) {
        case 'f':
            return put_to_firehose(world, input);
        case 's':
            return use_s3(world, input);
        case 'r':
            fetched.check(assume_role(world.context(script), {.role_arn = "arn:aws:iam::1:role/r"},
                                      world.credentials));
            return fetched.check(assume_role_with_web_identity(
                world.context(script), {.role_arn = "arn:aws:iam::1:role/r"}, "token"));
        case 'i':
            return fetched.check(InstanceCredentials(world.context(script)).fetch());
        case 'c':
            return fetched.check(ContainerCredentials(world.context(script)).fetch());
        default:
            return fetched.check(read_process_document(input.rest(), "credential_process"));
    }
}

}  // namespace
}  // namespace inlet::aws

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
    inlet::aws::check_one({data, size});
    return 0;
}
