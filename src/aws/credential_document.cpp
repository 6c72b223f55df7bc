#include "aws/credential_document.hpp"

#include <boost/json/parse.hpp>

#include "aws/credential_fields.hpp"

namespace inlet::aws {
namespace {

namespace json = boost::json;

constexpr std::size_t kReasonBytes = 200;

Error broken(std::string_view place, std::string_view what) {
    return fail(Errc::invalid, std::string(place) + ": " + std::string(what));
}

// Boost.JSON refuses more than 32 levels of nesting.
Result<json::object> read_object(std::string_view text, std::string_view place) {
    json::error_code error;
    auto value = json::parse({text.data(), text.size()}, error);
    if (error) return broken(place, "the reply is no JSON");
    if (!value.is_object()) return broken(place, "the reply is no JSON object");
    return std::move(value.get_object());
}

enum class Presence : std::uint8_t { required, optional };

Result<std::string> text_member(json::object const& object, std::string_view name,
                                std::string_view place, Presence presence) {
    auto const* value = object.if_contains({name.data(), name.size()});
    if (value == nullptr || value->is_null()) {
        if (presence == Presence::optional) return std::string();
        return broken(place, "the reply has no " + std::string(name));
    }
    if (!value->is_string())
        return broken(place, "in the reply, " + std::string(name) + " is no string");
    auto const& text = value->get_string();
    if (text.empty() && presence == Presence::required)
        return broken(place, "in the reply, " + std::string(name) + " is empty");
    return std::string(text.data(), text.size());
}

Result<Credentials> read_members(json::object const& object, std::string_view place,
                                 std::string_view token_name, Presence others) {
    CredentialFields fields;
    TRY(fields.access_key_id, text_member(object, "AccessKeyId", place, Presence::required));
    TRY(fields.secret_access_key,
        text_member(object, "SecretAccessKey", place, Presence::required));
    TRY(fields.session_token, text_member(object, token_name, place, others));
    TRY(fields.expiration, text_member(object, "Expiration", place, others));
    return make_credentials(std::move(fields), place);
}

std::string member_or_empty(json::object const& object, std::string_view name) {
    auto text = text_member(object, name, "", Presence::optional);
    return text ? printable(text.value(), kReasonBytes) : std::string();
}

std::string reason_in(json::object const& object) {
    auto code = member_or_empty(object, "Code");
    if (code.empty()) code = member_or_empty(object, "code");
    auto message = member_or_empty(object, "Message");
    if (message.empty()) message = member_or_empty(object, "message");
    if (code.empty() || message.empty()) return code + message;
    return code + ": " + message;
}

}  // namespace

Result<Credentials> read_metadata_document(std::string_view text, std::string_view place) {
    TRY(auto const object, read_object(text, place));
    if (!object.contains("AccessKeyId")) {
        // A status of 200 and no keys: the instance's role cannot be assumed, for example.
        auto const reason = reason_in(object);
        if (!reason.empty()) return broken(place, reason);
    }
    return read_members(object, place, "Token", Presence::required);
}

Result<Credentials> read_process_document(std::string_view text, std::string_view place) {
    TRY(auto const object, read_object(text, place));
    auto const* version = object.if_contains("Version");
    if (version == nullptr || !version->is_int64() || version->get_int64() != 1)
        return broken(place, "the output has no \"Version\": 1");
    return read_members(object, place, "SessionToken", Presence::optional);
}

std::string reason_in_document(std::string_view text) {
    auto const object = read_object(text, "");
    return object ? reason_in(object.value()) : std::string();
}

}  // namespace inlet::aws
