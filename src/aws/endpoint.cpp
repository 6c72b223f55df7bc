#include "aws/endpoint.hpp"

#include <algorithm>

#include "aws/ascii.hpp"

namespace inlet::aws {
namespace {

struct Partition {
    std::string_view region_prefix;
    std::string_view suffix;
    std::string_view dual_stack_suffix;
};

// The partitions of the endpoint rules that the AWS SDKs share (botocore/data/partitions.json); the
// first whose prefix fits.
constexpr Partition kPartitions[] = {
    {"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
    {"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
    {"us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
    {"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"", "amazonaws.com", "api.aws"},  // us-gov- too
};

Partition const& partition_of(std::string_view region) {
    return *std::find_if(std::begin(kPartitions), std::end(kPartitions),
                         [&](Partition const& p) { return region.starts_with(p.region_prefix); });
}

bool is_name_char(char c) {
    return is_lower(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
}

bool is_host(std::string_view text) {
    if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
        text = text.substr(1, text.size() - 2);
        return text.find_first_not_of("0123456789abcdef:.") == std::string_view::npos;
    }
    return !text.empty() && std::all_of(text.begin(), text.end(), is_name_char);
}

bool is_port(std::string_view text) {
    if (text.empty() || text.size() > 5 || !std::all_of(text.begin(), text.end(), is_digit))
        return false;
    int value = 0;
    for (char const c : text) value = value * 10 + (c - '0');
    return value >= 1 && value <= 65'535;
}

// What a path may hold as it is sent (RFC 3986, 3.3), and '%'.
bool is_path(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return is_name_char(c) || is_upper(c) ||
               std::string_view("~!$&'()*+,;=:@%/").find(c) != std::string_view::npos;
    });
}

}  // namespace

Result<Endpoint> parse_endpoint(std::string_view url) {
    auto const bad = [&](std::string_view why) {
        return fail(Errc::invalid,
                    "endpoint URL \"" + std::string(url) + "\": " + std::string(why));
    };
    auto const after_scheme = url.find("://");
    if (after_scheme == std::string_view::npos) return bad("must begin with https:// or http://");
    Endpoint out;
    out.scheme = lower(url.substr(0, after_scheme));
    if (out.scheme != "https" && out.scheme != "http")
        return bad("must begin with https:// or http://");
    std::string_view const rest = url.substr(after_scheme + 3);
    std::string const authority = lower(rest.substr(0, rest.find('/')));
    if (authority.find('@') != std::string::npos) return bad("must not name a user");

    auto const bracket = authority.rfind(']');
    auto const colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
    std::string const host = authority.substr(0, colon);
    if (!is_host(host)) return bad("has no host that we understand");
    out.host = host;
    if (colon != std::string::npos) {
        std::string const port = authority.substr(colon + 1);
        if (!is_port(port)) return bad("its port is not a number from 1 to 65535");
        bool const is_usual = port == (out.scheme == "https" ? "443" : "80");
        if (!is_usual) out.host += ':' + port;
    }
    std::string_view path = rest.substr(std::min(rest.find('/'), rest.size()));
    while (path.ends_with('/')) path.remove_suffix(1);
    if (!is_path(path)) return bad("its path must be encoded, without query and fragment");
    out.path = path;
    return out;
}

bool is_region(std::string_view text) {
    return !text.empty() && text.size() <= 63 && std::all_of(text.begin(), text.end(), [](char c) {
        return is_lower(c) || is_digit(c) || c == '-';
    });
}

Endpoint aws_endpoint(std::string_view service, std::string_view region, bool use_fips,
                      bool use_dual_stack) {
    Partition const& partition = partition_of(region);
    std::string host(service);
    // In GovCloud the usual endpoint of STS is the FIPS one.
    bool const is_fips_already =
        service == "sts" && region.starts_with("us-gov-") && !use_dual_stack;
    if (use_fips && !is_fips_already) host += "-fips";
    host += '.';
    if (service == "s3" && use_dual_stack) {
        host.append("dualstack.").append(region).append(".").append(partition.suffix);
    } else {
        host.append(region).append(".");
        host += use_dual_stack ? partition.dual_stack_suffix : partition.suffix;
    }
    return {"https", std::move(host), {}};
}

}  // namespace inlet::aws
