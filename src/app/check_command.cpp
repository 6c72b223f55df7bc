#include "app/check_command.hpp"

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "app/cloudwatch.hpp"
#include "app/sinks.hpp"
#include "aws/firehose_api.hpp"
#include "aws/query_api.hpp"
#include "aws/xml.hpp"
#include "base/log.hpp"
#include "base/sha256.hpp"
#include "sink/firehose.hpp"
#include "sink/s3.hpp"
#include "sink/s3_place.hpp"
#include "sink/s3_store.hpp"

namespace inlet::app {
namespace {

constexpr int kFine = 0;
constexpr int kMissing = 1;
constexpr int kBadConfiguration = 2;
constexpr std::int64_t kTimeoutMs = 10'000;

// Names that begin with "_" are passed over by Athena, and by `inlet lake verify`.
constexpr std::string_view kCheckObject = "raw/_inlet-check";

struct Caller {
    std::string account = "ACCOUNT";
    std::string partition = "aws";
};

enum class Found : std::uint8_t { ok, missing, unknown };

// A network that does not lead there, a service that is down or slow, say nothing about what is there.
Found found_by(Errc code) {
    bool const no_answer = code == Errc::unavailable || code == Errc::timeout ||
                           code == Errc::overloaded || code == Errc::stopping;
    return no_answer ? Found::unknown : Found::missing;
}

void say(char const* what, Found found, std::string const& text) {
    char const* const word = found == Found::ok        ? "ok"
                             : found == Found::missing ? "MISSING"
                                                       : "UNKNOWN";
    std::printf("%-12s %-8s %s\n", what, word, text.c_str());
}

void say_statement(std::string const& actions, std::string const& resource) {
    std::printf(
        "    If it is a right that is missing, add this statement to the policy of the role or "
        "user:\n"
        "    {\"Effect\": \"Allow\", \"Action\": %s, \"Resource\": \"%s\"}\n",
        actions.c_str(), resource.c_str());
}

// Who we are: asks STS, which needs no right.
bool check_credentials(Aws& aws, Clock& clock, Caller& caller) {
    auto const credentials = aws.credentials->get();
    if (!credentials) {
        say("credentials", Found::missing, credentials.error().message());
        return false;
    }
    auto service = aws::resolve_service(aws.settings, "sts");
    if (!service) {
        say("credentials", Found::missing, service.error().message());
        return false;
    }
    auto const http = aws::make_http_client({aws.settings.ca_bundle});
    aws::Client client(std::move(service.value()), *aws.credentials, *http, clock);
    auto const reply = aws::call_query(
        client, {{"Action", "GetCallerIdentity"}, {"Version", "2011-06-15"}}, kTimeoutMs);
    if (!reply) {
        // A store that only speaks like S3 has no STS; whether it takes our credentials shows below.
        bool const are_refused = reply.error().reaction == aws::Reaction::refresh;
        auto const why = reply.error().error("GetCallerIdentity").message();
        say("credentials", are_refused ? Found::missing : Found::ok,
            are_refused ? why : "found; whose they are is not known: " + why);
        return !are_refused;
    }
    auto const answer = aws::read_xml(reply.value().body);
    auto const text_at = [&](char const* path) {
        return answer ? std::string(answer.value().text_at(path)) : std::string();
    };
    auto const arn = text_at("GetCallerIdentityResult/Arn");
    if (auto account = text_at("GetCallerIdentityResult/Account"); !account.empty())
        caller.account = std::move(account);
    if (auto const end = arn.find(':', 4); arn.starts_with("arn:") && end != std::string::npos)
        caller.partition = arn.substr(4, end - 4);
    say("credentials", Found::ok, arn + " in " + aws.settings.region);
    return true;
}

std::vector<std::string> stream_names(sink::FirehoseOptions const& options) {
    std::vector<std::string> names;
    for (auto const* type : {"track", "alias", "profile"}) {
        auto name = sink::expand_stream_name(options.delivery_stream, type);
        if (names.empty() || names.back() != name) names.push_back(std::move(name));
    }
    return names;
}

bool check_stream(std::string const& name, Aws& aws, Clock& clock, Caller const& caller) {
    auto service = aws::resolve_service(aws.settings, "firehose");
    if (!service) {
        say("firehose", Found::missing, service.error().message());
        return false;
    }
    auto const region = service.value().region;
    auto const api = aws::make_firehose_api(std::move(service.value()), *aws.credentials,
                                            aws::make_http_client({aws.settings.ca_bundle}), clock);
    aws::PutRecordBatch batch;
    batch.begin(name);
    batch.add("");
    batch.end();
    aws::PutRecordBatch const* const calls[] = {&batch};
    auto const outcome = api->put(calls).front();
    if (outcome) {
        say("firehose", Found::ok, name + " takes records");
        return true;
    }
    auto const why = outcome.error().error("PutRecordBatch to " + name);
    say("firehose", found_by(why.code), why.message());
    if (found_by(why.code) == Found::unknown) return false;
    auto const resource = "arn:" + caller.partition + ":firehose:" + region + ":" + caller.account +
                          ":deliverystream/" + name;
    if (outcome.error().code.starts_with("ResourceNotFound")) {
        std::printf(
            "    There is no stream %s in %s: create it (docs/aws.md), or set "
            "sink.firehose.delivery_stream or aws.region.\n",
            name.c_str(), region.c_str());
        return false;
    }
    say_statement("\"firehose:PutRecordBatch\"", resource);
    return false;
}

Result<void> try_bucket(sink::S3Options const& options, Aws& aws, Clock& clock) {
    TRY(auto const place, sink::S3Place::of(options.bucket, options.prefix));
    TRY(auto access, sink::resolve_s3(aws.settings));
    bool const path_style =
        sink::use_path_style(options.path_style, options.bucket, access.own_endpoint);
    aws::Client client(std::move(access.service), *aws.credentials, *access.http, clock);
    sink::S3Store store(client, place, path_style,
                        {options.encryption, options.kms_key_id, options.storage_class});
    std::string const key(kCheckObject);
    Sha256 nothing;
    TRY(sink::put(store, key, "", {0, nothing.finish_hex()}));
    TRY(store.open(key));  // reads what is known of it, as after a write whose answer was lost
    return success();
}

bool check_bucket(sink::S3Options const& options, Aws& aws, Clock& clock, Caller const& caller) {
    auto const tried = try_bucket(options, aws, clock);
    auto const place = "s3://" + options.bucket + "/" + options.prefix;
    if (tried) {
        say("s3", Found::ok, place + " takes objects");
        return true;
    }
    say("s3", found_by(tried.error().code), tried.error().message());
    if (found_by(tried.error().code) == Found::unknown) return false;
    auto prefix = options.prefix;
    if (!prefix.empty() && !prefix.ends_with('/')) prefix += '/';
    say_statement("[\"s3:PutObject\", \"s3:GetObject\", \"s3:AbortMultipartUpload\"]",
                  "arn:" + caller.partition + ":s3:::" + options.bucket + "/" + prefix + "raw/*");
    return false;
}

// Publishes that nothing was rejected, which adds nothing.
bool check_cloudwatch(config::Config const& config, Aws& aws, Clock& clock) {
    auto service = aws::resolve_service(aws.settings, "monitoring");
    if (!service) {
        say("cloudwatch", Found::missing, service.error().message());
        return false;
    }
    auto const api =
        aws::make_cloudwatch_api(std::move(service.value()), *aws.credentials,
                                 aws::make_http_client({aws.settings.ca_bundle}), clock);
    auto const& name_space = config.cloudwatch.name_space;
    aws::MetricDatum const nothing[] = {{"RejectedRequests", 0, aws::MetricUnit::count}};
    auto const http = aws::make_http_client({aws.settings.ca_bundle});
    auto const put = api->put(name_space, metric_dimensions(config, *http, "check"), nothing);
    if (put) {
        say("cloudwatch", Found::ok, name_space + " takes metrics");
        return true;
    }
    say("cloudwatch", found_by(put.error().code), put.error().message());
    if (found_by(put.error().code) == Found::unknown) return false;
    std::printf(
        "    If it is a right that is missing, add this statement to the policy of the role or "
        "user:\n"
        "    {\"Effect\": \"Allow\", \"Action\": \"cloudwatch:PutMetricData\", \"Resource\": "
        "\"*\", "
        "\"Condition\": {\"StringEquals\": {\"cloudwatch:namespace\": \"%s\"}}}\n",
        name_space.c_str());
    return false;
}

}  // namespace

int check(config::Config const& config, Clock& clock) {
    if (!wants_aws(config) && !config.cloudwatch.enabled) {
        std::printf(
            "nothing to check: none of sink.firehose.enabled, sink.s3.enabled and "
            "metrics.cloudwatch.enabled is set\n");
        return kFine;
    }
    log::configure(log::Level::warn, log::Format::text);
    auto aws = make_aws(config.aws, clock);
    if (!aws) {
        std::fprintf(stderr, "inlet: %s\n", aws.error().message().c_str());
        return kBadConfiguration;
    }
    Caller caller;
    bool fine = check_credentials(aws.value(), clock, caller);
    if (!fine) return kMissing;
    if (config.firehose.enabled) {
        for (auto const& name : stream_names(config.firehose))
            fine = check_stream(name, aws.value(), clock, caller) && fine;
    }
    if (config.s3.enabled) fine = check_bucket(config.s3, aws.value(), clock, caller) && fine;
    if (config.cloudwatch.enabled) fine = check_cloudwatch(config, aws.value(), clock) && fine;
    return fine ? kFine : kMissing;
}

}  // namespace inlet::app
