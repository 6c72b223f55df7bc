#include "aws/settings.hpp"

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "aws/endpoint.hpp"
#include "aws/instance_metadata.hpp"
#include "aws/profile_file.hpp"
#include "base/file.hpp"

namespace inlet::aws {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;
constexpr int kMaxProfileChain = 16;

// Where each service may have a URL of its own. The AWS tools call it by its service id, which is not always the name
// that it signs with and that its host has.
struct ServiceUrl {
    std::string_view service;
    std::string_view variable;
    std::string_view entry;  // of the profile's section of services
};
constexpr ServiceUrl kServiceUrls[] = {
    {"firehose", "AWS_ENDPOINT_URL_FIREHOSE", "firehose.endpoint_url"},
    {"s3", "AWS_ENDPOINT_URL_S3", "s3.endpoint_url"},
    {"sts", "AWS_ENDPOINT_URL_STS", "sts.endpoint_url"},
    {"monitoring", "AWS_ENDPOINT_URL_CLOUDWATCH", "cloudwatch.endpoint_url"},
    {"autoscaling", "AWS_ENDPOINT_URL_AUTO_SCALING", "auto_scaling.endpoint_url"},
};

// Set but empty counts as not set, as with the AWS tools.
std::string variable(Environment const& environment, std::string_view name) {
    return environment(name).value_or("");
}

std::string entry(ProfileEntries const& profile, std::string_view name) {
    auto const found = profile.find(std::string(name));
    return found == profile.end() ? std::string() : found->second;
}

std::string first_of(std::initializer_list<std::string> texts) {
    auto const* const found =
        std::find_if(texts.begin(), texts.end(), [](auto const& text) { return !text.empty(); });
    return found == texts.end() ? std::string() : *found;
}

bool is_true(std::string_view text) {
    return text == "true" || text == "True" || text == "TRUE" || text == "1";
}

// The file that `name_variable` names, or the usual one; nothing if there is none.
Result<std::string> read_tool_file(Environment const& environment, std::string_view name_variable,
                                   std::string_view usual) {
    std::string path = first_of({variable(environment, name_variable), std::string(usual)});
    if (path.starts_with("~/")) {
        std::string const home = variable(environment, "HOME");
        if (home.empty()) return std::string();
        path = home + path.substr(1);
    }
    auto text = read_file(posix_file_system(), path, kMaxFile);
    if (!text && text.error().code == Errc::not_found) return std::string();
    return text;
}

Result<ProfileFile> read_profiles(Environment const& environment) {
    TRY(auto const config, read_tool_file(environment, "AWS_CONFIG_FILE", "~/.aws/config"));
    TRY(auto const credentials,
        read_tool_file(environment, "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"));
    ProfileFile file = read_config_file(config);
    merge(file, read_credentials_file(credentials));
    return file;
}

// The profile and those that it takes its credentials from.
void keep_chain(ProfileFile const& file, Settings& settings) {
    std::string name = settings.profile;
    for (int i = 0; i < kMaxProfileChain; ++i) {
        auto const found = file.profiles.find(name);
        if (found == file.profiles.end()) return;
        if (!settings.profiles.emplace(name, found->second).second) return;
        name = entry(found->second, "source_profile");
    }
}

// The strongest that says something wins: the key; the environment's own one of the service, then of
// all; the profile's section of services, then its entry for all.
void choose_urls(Options const& options, Environment const& environment, ProfileFile const& file,
                 ProfileEntries const& profile, Settings& settings) {
    settings.endpoint_url = options.endpoint_url;
    if (!options.endpoint_url.empty()) return;
    if (is_true(first_of({variable(environment, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"),
                          entry(profile, "ignore_configured_endpoint_urls")})))
        return;
    std::string const of_all = variable(environment, "AWS_ENDPOINT_URL");
    settings.endpoint_url = first_of({of_all, entry(profile, "endpoint_url")});
    auto const section = file.services.find(entry(profile, "services"));
    for (auto const& [service, name, own_entry] : kServiceUrls) {
        std::string url = variable(environment, name);
        if (url.empty() && of_all.empty() && section != file.services.end())
            url = entry(section->second, own_entry);
        if (!url.empty()) settings.service_urls.emplace(service, std::move(url));
    }
}

Result<void> check(Settings const& settings) {
    if (!settings.region.empty() && !is_region(settings.region))
        return fail(Errc::invalid, "not an AWS region: \"" + settings.region + "\"");
    std::vector<std::string> urls;
    if (!settings.endpoint_url.empty()) urls.push_back(settings.endpoint_url);
    for (auto const& [service, url] : settings.service_urls) urls.push_back(url);
    for (std::string const& url : urls) {
        TRY(parse_endpoint(url));
    }
    if (!urls.empty() && (settings.use_fips || settings.use_dual_stack))
        return fail(Errc::invalid,
                    "FIPS and dual-stack endpoints are AWS's own: they exclude the "
                    "endpoint URL " +
                        urls.front());
    return success();
}

}  // namespace

Environment process_environment() {
    return [](std::string_view name) -> std::optional<std::string> {
        char const* const value = std::getenv(std::string(name).c_str());
        if (value == nullptr) return std::nullopt;
        return std::string(value);
    };
}

Result<Settings> load_settings(Options const& options, Environment const& environment) {
    TRY(auto const file, read_profiles(environment));
    auto const env = [&](std::string_view name) { return variable(environment, name); };
    Settings settings;
    std::string const asked =
        first_of({options.profile, env("AWS_PROFILE"), env("AWS_DEFAULT_PROFILE")});
    settings.profile = first_of({asked, "default"});
    bool const is_there = file.profiles.contains(settings.profile);
    if (!is_there && settings.profile != "default")
        return fail(Errc::invalid, "there is no AWS profile \"" + settings.profile + "\"");
    ProfileEntries const profile = is_there ? file.profiles.at(settings.profile) : ProfileEntries();
    keep_chain(file, settings);

    settings.region = first_of(
        {options.region, env("AWS_REGION"), env("AWS_DEFAULT_REGION"), entry(profile, "region")});
    settings.ca_bundle =
        first_of({options.ca_bundle, env("AWS_CA_BUNDLE"), entry(profile, "ca_bundle")});
    settings.use_fips =
        options.use_fips ||
        is_true(first_of({env("AWS_USE_FIPS_ENDPOINT"), entry(profile, "use_fips_endpoint")}));
    settings.use_dual_stack =
        options.use_dual_stack || is_true(first_of({env("AWS_USE_DUALSTACK_ENDPOINT"),
                                                    entry(profile, "use_dualstack_endpoint")}));
    choose_urls(options, environment, file, profile, settings);
    TRY(check(settings));
    return settings;
}

void ask_instance_for_region(Settings& settings, HttpClient& http, Environment const& environment) {
    if (!settings.region.empty() || !settings.endpoint_url.empty()) return;
    auto found = instance_region(http, environment);
    if (found) {
        settings.region = std::move(found.value());
    } else {
        settings.why_no_region =
            " (this instance does not tell one: " + found.error().message() + ")";
    }
}

Result<Service> resolve_service(Settings const& settings, std::string_view name) {
    std::string url = settings.endpoint_url;
    if (auto const own = settings.service_urls.find(std::string(name));
        own != settings.service_urls.end())
        url = own->second;
    Service service{std::string(name), settings.region, {}};
    if (!url.empty()) {
        TRY(service.endpoint, parse_endpoint(url));
        // What answers there checks no region, or one that is set; the AWS tools name this one.
        if (service.region.empty()) service.region = "us-east-1";
        return service;
    }
    if (settings.region.empty())
        return fail(Errc::invalid,
                    "no AWS region: set aws.region, AWS_REGION, or region in the profile \"" +
                        settings.profile + "\"" + settings.why_no_region);
    service.endpoint =
        aws_endpoint(name, settings.region, settings.use_fips, settings.use_dual_stack);
    return service;
}

}  // namespace inlet::aws
