#include "aws/credential_fields.hpp"

#include <algorithm>

#include "base/time.hpp"

namespace inlet::aws {
namespace {

// They go into headers as they are.
bool is_visible_ascii(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

Result<void> check(std::string_view value, std::string_view what, std::string_view place) {
    if (is_visible_ascii(value)) return success();
    return fail(Errc::invalid, std::string(place) + ": the " + std::string(what) +
                                   " has characters that no key has (a line end, a blank?)");
}

}  // namespace

Result<Credentials> make_credentials(CredentialFields fields, std::string_view place) {
    auto const missing = [&](char const* what) {
        return fail(Errc::invalid, std::string(place) + ": the " + what + " is missing");
    };
    if (fields.access_key_id.empty()) return missing("access key id");
    if (fields.secret_access_key.empty()) return missing("secret access key");
    TRY(check(fields.access_key_id, "access key id", place));
    TRY(check(fields.secret_access_key, "secret access key", place));
    TRY(check(fields.session_token, "session token", place));
    Credentials credentials{std::move(fields.access_key_id), std::move(fields.secret_access_key),
                            std::move(fields.session_token)};
    if (!fields.expiration.empty()) {
        credentials.expires_unix_ms = parse_iso_time(fields.expiration);
        if (!credentials.expires_unix_ms) {
            return fail(Errc::invalid, std::string(place) + ": the expiration is no time: \"" +
                                           printable(fields.expiration, 40) + "\"");
        }
    }
    return credentials;
}

std::string printable(std::string_view text, std::size_t max_bytes) {
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
    bool const cut = text.size() > max_bytes;
    std::string out(text.substr(0, max_bytes));
    for (char& c : out) {
        if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = ' ';
    }
    return cut ? out + "..." : out;
}

}  // namespace inlet::aws
