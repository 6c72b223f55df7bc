// settings.hpp - where AWS is for this process: region, profile, endpoints. Configuration keys are stronger than
// the environment, the environment than the profile's entries in ~/.aws/config, as the AWS tools do it.
// Threads: any; plain data after load().
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "aws/client.hpp"
#include "base/error.hpp"

namespace inlet::aws {

// The keys aws.*: empty means "as the environment says".
struct Options {
    std::string region = {};
    std::string profile = {};
    std::string endpoint_url = {};  // of all services
    std::string ca_bundle = {};
    bool use_fips = false;
    bool use_dual_stack = false;
};

// Reads a variable of the environment; nothing if it is not set. A seam for tests.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
Environment process_environment();

struct Settings {
    std::string region;              // empty: nobody said one
    std::string why_no_region = {};  // " (...)": what the instance had to say, if it was asked
    std::string profile;             // "default" if nobody said one
    std::string ca_bundle;
    bool use_fips = false;
    bool use_dual_stack = false;
    std::string endpoint_url;  // of all services; empty: none
    std::map<std::string, std::string>
        service_urls;  // "firehose" -> URL, stronger than endpoint_url
    // Entries of the profile and of those it names, for the credential chain.
    std::map<std::string, std::map<std::string, std::string>> profiles;
};

// Errors: invalid (a profile that was asked for and is not there, a URL that is none, FIPS or dual
// stack together with an endpoint URL), io (a file that is there and cannot be read).
Result<Settings> load_settings(Options const& options, Environment const& environment);

// Where nobody has said a region, and no URL for all services, the instance's own is taken. Waits for its metadata at
// most 2 s as botocore's settings of that are by default; never if AWS_EC2_METADATA_DISABLED says so.
void ask_instance_for_region(Settings& settings, HttpClient& http, Environment const& environment);

// "firehose", "s3", "sts", "monitoring" (CloudWatch), "autoscaling" -> where it is.
// Errors: invalid: no region and no URL.
Result<Service> resolve_service(Settings const& settings, std::string_view name);

}  // namespace inlet::aws
