#include "sink/s3.hpp"

#include <utility>

#include "sink/object_plan.hpp"
#include "sink/object_sink.hpp"
#include "sink/s3_place.hpp"
#include "sink/s3_store.hpp"

namespace inlet::sink {
namespace {

// A batch needs a bound on its rows too; with the smallest rows this is about the same as 64 MiB.
constexpr std::uint64_t kMaxRows = 500'000;

// What all stores of the sink share, and cancel() reaches.
struct Connection {
    Connection(S3Access access, aws::CredentialSource& credentials, Clock& clock)
        : http(std::move(access.http)),
          own_endpoint(access.own_endpoint),
          client(std::move(access.service), credentials, *http, clock) {}

    std::unique_ptr<aws::HttpClient> http;
    bool own_endpoint;
    aws::Client client;
};

}  // namespace

bool use_path_style(S3PathStyle choice, std::string_view bucket, bool own_endpoint) {
    if (choice != S3PathStyle::automatic) return choice == S3PathStyle::on;
    return own_endpoint || bucket.find('.') != std::string_view::npos;
}

Result<S3Access> resolve_s3(aws::Settings const& settings) {
    TRY(auto service, aws::resolve_service(settings, "s3"));
    S3Access access;
    access.service = std::move(service);
    access.own_endpoint = !settings.endpoint_url.empty() || settings.service_urls.count("s3") > 0;
    access.http = aws::make_http_client({settings.ca_bundle});
    return access;
}

Result<std::unique_ptr<Sink>> make_s3(S3Options const& options, aws::Settings const& settings,
                                      aws::CredentialSource& credentials, Clock& clock) {
    TRY(auto access, resolve_s3(settings));
    return make_s3(options, std::move(access), credentials, clock);
}

Result<std::unique_ptr<Sink>> make_s3(S3Options const& options, S3Access access,
                                      aws::CredentialSource& credentials, Clock& clock) {
    TRY(auto const place, S3Place::of(options.bucket, options.prefix));
    ObjectSinkOptions sink_options;
    sink_options.name = "s3";
    sink_options.destination = place.text();
    sink_options.codec = options.compression;
    sink_options.roll = {options.roll_bytes, kMaxRows, options.roll_ms};
    auto connection = std::make_shared<Connection>(std::move(access), credentials, clock);
    S3Keeping const keeping = {options.encryption, options.kms_key_id, options.storage_class};
    auto const style = options.path_style;
    auto const open_store =
        [=](std::string const& destination) -> Result<std::unique_ptr<ObjectStore>> {
        auto const where = S3Place::parse(destination);
        // A plan of another kind of sink, or one that somebody edited.
        if (!where) return fail(Errc::corrupt, "saved plan of a batch: " + destination);
        bool const path_style =
            use_path_style(style, where.value().bucket, connection->own_endpoint);
        return std::unique_ptr<ObjectStore>(
            std::make_unique<S3Store>(connection->client, where.value(), path_style, keeping));
    };
    auto const cancel = [connection] { connection->client.cancel(); };
    return std::unique_ptr<Sink>(
        std::make_unique<ObjectSink>(std::move(sink_options), open_store, cancel));
}

}  // namespace inlet::sink
