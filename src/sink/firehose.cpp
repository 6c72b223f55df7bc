#include "sink/firehose.hpp"

#include "sink/firehose_sink.hpp"

namespace inlet::sink {
namespace {

constexpr std::string_view kPlaceholder = "{type}";
constexpr std::string_view kTypes[] = {"track", "alias", "profile"};

Result<std::unique_ptr<Sink>> make_stream(FirehoseOptions const& options, std::string_view type,
                                          aws::Settings const& settings,
                                          aws::CredentialSource& credentials, Clock& clock) {
    FirehoseStream stream;
    stream.lane = type.empty() ? "firehose" : "firehose-" + std::string(type);
    stream.type = type;
    stream.name = expand_stream_name(options.delivery_stream, type);
    stream.linger_ms = options.linger_ms;
    stream.compression = options.compression;
    if (!aws::is_delivery_stream_name(stream.name)) {
        return fail(Errc::invalid, "sink.firehose.delivery_stream: \"" + stream.name +
                                       "\" is no name of a delivery stream");
    }
    TRY(auto service, aws::resolve_service(settings, "firehose"));
    auto api = aws::make_firehose_api(std::move(service), credentials,
                                      aws::make_http_client({settings.ca_bundle}), clock);
    return std::unique_ptr<Sink>(
        std::make_unique<FirehoseSink>(std::move(stream), std::move(api), clock));
}

}  // namespace

std::string expand_stream_name(std::string_view name, std::string_view type) {
    std::string out(name);
    for (auto at = out.find(kPlaceholder); at != std::string::npos; at = out.find(kPlaceholder, at))
        out.replace(at, kPlaceholder.size(), type);
    return out;
}

Result<std::vector<std::unique_ptr<Sink>>> make_firehose(FirehoseOptions const& options,
                                                         aws::Settings const& settings,
                                                         aws::CredentialSource& credentials,
                                                         Clock& clock) {
    std::vector<std::unique_ptr<Sink>> sinks;
    if (options.delivery_stream.find(kPlaceholder) == std::string::npos) {
        TRY(auto sink, make_stream(options, {}, settings, credentials, clock));
        sinks.push_back(std::move(sink));
        return sinks;
    }
    for (auto const type : kTypes) {
        TRY(auto sink, make_stream(options, type, settings, credentials, clock));
        sinks.push_back(std::move(sink));
    }
    return sinks;
}

}  // namespace inlet::sink
