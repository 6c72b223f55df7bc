#include "config/rules.hpp"

#include <algorithm>

#include "aws/cloudwatch_api.hpp"
#include "http/private_address.hpp"

namespace inlet::config {

namespace {

using Violations = std::vector<Violation>;

std::vector<std::string> enabled_sinks(Config const& config) {
    std::vector<std::string> names;
    if (config.lake.enabled) names.push_back("lake");
    if (config.firehose.enabled) names.push_back("firehose");
    if (config.s3.enabled) names.push_back("s3");
    return names;
}

void check_listeners(Config const& config, bool has_inherited_sockets, Violations& out) {
    bool const none = config.server.listen.empty() && config.server.tls_listen.empty();
    if (none && !has_inherited_sockets) {
        out.push_back(
            {{"server.listen", "server.tls_listen"},
             "server.listen and server.tls_listen are both empty: nothing can be received"});
    }
    if (config.server.tls_listen.empty()) return;
    if (config.server.tls.certificate.empty()) {
        out.push_back({{"server.tls_listen", "server.tls_cert"}, "needs server.tls_cert"});
    }
    if (config.server.tls.key.empty()) {
        out.push_back({{"server.tls_listen", "server.tls_key"}, "needs server.tls_key"});
    }
}

// SO_REUSEPORT would let two listeners share an address, and the kernel deal out connections
// between them: every other request to /track would reach the admin listener.
void check_shared_addresses(Config const& config, Violations& out) {
    struct Listener {
        std::string_view key;
        std::vector<std::string> const& addresses;
    };
    std::vector<std::pair<std::string, std::string_view>> seen;
    for (Listener const& listener : {Listener{"server.listen", config.server.listen},
                                     Listener{"server.tls_listen", config.server.tls_listen},
                                     Listener{"admin.listen", config.admin.listen}}) {
        for (std::string const& address : listener.addresses) {
            if (address.ends_with(":0")) continue;
            auto const other = std::ranges::find(seen, address, &decltype(seen)::value_type::first);
            if (other == seen.end()) {
                seen.emplace_back(address, listener.key);
                continue;
            }
            out.push_back({{listener.key, other->second},
                           address + " is in " + std::string(other->second) + " already"});
        }
    }
}

void check_admin(Config const& config, Violations& out) {
    bool const has_token = !config.api.admin_token.empty();
    bool const has_file = !config.api.admin_token_file.empty();
    if (has_token && has_file) {
        out.push_back({{"admin.token_file", "admin.token"}, "cannot go with admin.token"});
    }
    if (has_token || has_file) return;
    for (std::string const& address : config.admin.listen) {
        if (http::is_private_address(address)) continue;
        out.push_back({{"admin.listen", "admin.token", "admin.token_file"},
                       address + " can be reached from other machines: set admin.token or "
                                 "admin.token_file, or listen on 127.0.0.1 or unix:/PATH"});
    }
}

void check_proxies(Config const& config, bool has_inherited_sockets, Violations& out) {
    if (config.server.proxy_protocol.empty()) return;
    if (config.server.trusted_proxies.empty()) {
        out.push_back(
            {{"server.proxy_protocol", "server.trusted_proxies"}, "needs server.trusted_proxies"});
    }
    if (has_inherited_sockets) return;
    for (std::string const& address : config.server.proxy_protocol) {
        if (std::ranges::count(config.server.listen, address) > 0) continue;
        if (std::ranges::count(config.server.tls_listen, address) > 0) continue;
        out.push_back({{"server.proxy_protocol"},
                       address + " is neither in server.listen nor in server.tls_listen"});
    }
}

void check_limits(Config const& config, Violations& out) {
    bool const has_keys = !config.api.write_keys.empty() || !config.api.write_keys_file.empty();
    if (config.api.key_rate.per_second > 0 && !has_keys) {
        out.push_back({{"limits.rate_per_key", "auth.write_keys", "auth.write_keys_file"},
                       "needs auth.write_keys or auth.write_keys_file"});
    }
}

void check_ack(Config const& config, Violations& out) {
    if (config.api.ack != api::Ack::sink) return;
    auto const sinks = enabled_sinks(config);
    if (std::ranges::count(sinks, config.api.ack_sink) > 0) return;
    std::string names;
    for (std::string const& name : sinks) names += (names.empty() ? "" : ", ") + name;
    out.push_back({{"server.ack_sink", "server.ack"},
                   "server.ack = \"sink\" needs an enabled sink in server.ack_sink; enabled: " +
                       (names.empty() ? "none" : names)});
}

void check_sizes(Config const& config, Violations& out) {
    if (config.journal.segment_bytes > config.journal.max_bytes / 4) {
        out.push_back({{"journal.segment_bytes", "journal.max_bytes"},
                       "journal.segment_bytes (" + std::to_string(config.journal.segment_bytes) +
                           ") must be at most a quarter of journal.max_bytes (" +
                           std::to_string(config.journal.max_bytes) + ")"});
    }
    if (config.event.max_row_bytes > config.event.max_rows_bytes) {
        out.push_back({{"event.max_row_bytes", "event.max_rows_bytes"},
                       "event.max_row_bytes (" + std::to_string(config.event.max_row_bytes) +
                           ") must be at most event.max_rows_bytes (" +
                           std::to_string(config.event.max_rows_bytes) + ")"});
    }
}

void check_folders(Config const& config, Violations& out) {
    if (config.lake.enabled && config.lake.dir == config.journal.dir) {
        out.push_back(
            {{"sink.lake.dir", "journal.dir"}, "sink.lake.dir must differ from journal.dir"});
    }
}

void check_s3(Config const& config, Violations& out) {
    if (config.s3.enabled && config.s3.bucket.empty())
        out.push_back({{"sink.s3.enabled", "sink.s3.bucket"}, "needs sink.s3.bucket"});
    if (!config.s3.kms_key_id.empty() && config.s3.encryption != sink::S3Encryption::kms) {
        out.push_back({{"sink.s3.kms_key_id", "sink.s3.sse"}, "needs sink.s3.sse = \"aws:kms\""});
    }
}

void check_cloudwatch(Config const& config, Violations& out) {
    if (config.cloudwatch.dimensions.size() > aws::kMaxDimensions) {
        out.push_back({{"metrics.cloudwatch.dimensions"},
                       "at most " + std::to_string(aws::kMaxDimensions) + " dimensions"});
    }
}

void check_aws(Config const& config, Violations& out) {
    if (config.aws.endpoint_url.empty()) return;
    if (config.aws.use_fips)
        out.push_back({{"aws.use_fips", "aws.endpoint_url"}, "cannot go with aws.endpoint_url"});
    if (config.aws.use_dual_stack) {
        out.push_back(
            {{"aws.use_dual_stack", "aws.endpoint_url"}, "cannot go with aws.endpoint_url"});
    }
}

}  // namespace

std::vector<Violation> broken_rules(Config const& config, bool has_inherited_sockets) {
    Violations violations;
    check_listeners(config, has_inherited_sockets, violations);
    check_shared_addresses(config, violations);
    check_admin(config, violations);
    check_proxies(config, has_inherited_sockets, violations);
    check_limits(config, violations);
    check_ack(config, violations);
    check_sizes(config, violations);
    check_folders(config, violations);
    check_s3(config, violations);
    check_aws(config, violations);
    check_cloudwatch(config, violations);
    return violations;
}

}  // namespace inlet::config
