#include "aws/cloudwatch_api.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/check.hpp"

namespace inlet::aws {
namespace {

constexpr std::int64_t kTimeoutMs = 10'000;
constexpr std::size_t kMaxNameChars = 255;
constexpr std::size_t kMaxValueChars = 1'024;

char const* to_string(MetricUnit unit) {
    switch (unit) {
        case MetricUnit::none:
            return "None";
        case MetricUnit::count:
            return "Count";
        case MetricUnit::bytes:
            return "Bytes";
        case MetricUnit::seconds:
            return "Seconds";
        case MetricUnit::percent:
            return "Percent";
    }
    return "None";
}

// Without an exponent, which not every reader of decimal numbers takes.
std::string decimal(double value) {
    std::array<char, 400> text = {};
    auto const [end, error] =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
    CHECK(error == std::errc());
    return {text.data(), end};
}

bool is_visible(std::string_view text, std::size_t max_chars) {
    return !text.empty() && text.size() <= max_chars && text.front() != ' ' && text.back() != ' ' &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < '\x7f'; });
}

class Api final : public CloudWatchApi {
  public:
    Api(Service service, CredentialSource& credentials, std::unique_ptr<HttpClient> http,
        Clock& clock)
        : http_(std::move(http)), client_(std::move(service), credentials, *http_, clock) {}

    Result<void> put(std::string const& name_space, std::span<Dimension const> dimensions,
                     std::span<MetricDatum const> data) override {
        auto const outcome =
            call_query(client_, put_metric_data(name_space, dimensions, data), kTimeoutMs);
        if (!outcome) return outcome.error().error("PutMetricData");
        // An answer like 404 is a value to Client; here it is none.
        if (outcome.value().status != 200) return classify(outcome.value()).error("PutMetricData");
        return success();
    }

    void cancel() override { client_.cancel(); }

  private:
    std::unique_ptr<HttpClient> http_;
    Client client_;
};

}  // namespace

bool is_metric_namespace(std::string_view text) {
    return !text.empty() && text.size() <= kMaxNameChars && text.front() != ':' &&
           !text.starts_with("AWS/") && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      std::string_view(".-_/#:").find(c) != std::string_view::npos;
           });
}

bool is_dimension(std::string_view text) {
    auto const at = text.find('=');
    return at != std::string_view::npos && text.front() != ':' &&
           is_visible(text.substr(0, at), kMaxNameChars) &&
           is_visible(text.substr(at + 1), kMaxValueChars);
}

Dimension parse_dimension(std::string_view text) {
    CHECK(is_dimension(text));
    auto const at = text.find('=');
    return {std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

QueryForm put_metric_data(std::string const& name_space, std::span<Dimension const> dimensions,
                          std::span<MetricDatum const> data) {
    QueryForm form = {
        {"Action", "PutMetricData"}, {"Version", "2010-08-01"}, {"Namespace", name_space}};
    for (std::size_t i = 0; i < data.size(); ++i) {
        auto const member = "MetricData.member." + std::to_string(i + 1) + ".";
        form.emplace_back(member + "MetricName", data[i].name);
        form.emplace_back(member + "Value", decimal(data[i].value));
        form.emplace_back(member + "Unit", to_string(data[i].unit));
        for (std::size_t k = 0; k < dimensions.size(); ++k) {
            auto const dimension = member + "Dimensions.member." + std::to_string(k + 1) + ".";
            form.emplace_back(dimension + "Name", dimensions[k].name);
            form.emplace_back(dimension + "Value", dimensions[k].value);
        }
    }
    return form;
}

std::unique_ptr<CloudWatchApi> make_cloudwatch_api(Service service, CredentialSource& credentials,
                                                   std::unique_ptr<HttpClient> http, Clock& clock) {
    return std::make_unique<Api>(std::move(service), credentials, std::move(http), clock);
}

}  // namespace inlet::aws
