// text_check.hpp - whether the text of a key makes sense. Null if so, else why not, as a TextCheck.
#pragma once

#include <string_view>

namespace inlet::config {

// No control characters: they have no business in a path or a name.
char const* check_text(std::string_view text);
char const* check_not_empty(std::string_view text);

// "192.0.2.1:8080" or "[2001:db8::1]:8080", with a number as host: what is listened on must not
// depend on a name server.
char const* check_address(std::string_view text);
// That, or "unix:/PATH".
char const* check_admin_address(std::string_view text);
// "10.0.0.0/8", "2001:db8::/32", or an address alone.
char const* check_network(std::string_view text);

// Secrets; the reason does not repeat them.
char const* check_write_key(std::string_view text);
char const* check_token(std::string_view text);  // or empty

// A name of a delivery stream, "{type}" standing for the longest type: 1 to 64 of A-Z a-z 0-9 _ . -
char const* check_stream_name(std::string_view text);

// "*" or a serialized web origin (RFC 6454, 6.2): "https://www.example.com",
// "http://localhost:3000".
char const* check_origin(std::string_view text);

// "http://" or "https://", a host, perhaps a port and a path.
char const* check_url(std::string_view text);
// What may stand in the name of a host between dots: "eu-central-1". Or empty.
char const* check_host_label(std::string_view text);
// Visible ASCII, as a header of HTTP takes it. Or empty.
char const* check_header_value(std::string_view text);

// For CloudWatch.
char const* check_metric_namespace(std::string_view text);
char const* check_dimension(std::string_view text);

// For S3; each or empty.
char const* check_bucket(std::string_view text);
char const* check_s3_prefix(std::string_view text);
char const* check_storage_class(std::string_view text);

}  // namespace inlet::config
