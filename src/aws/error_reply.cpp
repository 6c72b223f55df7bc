#include "aws/error_reply.hpp"

#include <algorithm>

#include <boost/json.hpp>

#include "aws/ascii.hpp"
#include "aws/xml.hpp"

namespace inlet::aws {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxCode = 128;

// "com.amazonaws.firehose#LimitExceededException:http://..." -> "LimitExceededException"
std::string code_of(std::string_view text) {
    text = text.substr(0, text.find(':'));
    if (auto const at = text.rfind('#'); at != std::string_view::npos) text.remove_prefix(at + 1);
    bool const is_code =
        text.size() <= kMaxCode && std::all_of(text.begin(), text.end(), [](char c) {
            return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
        });
    return is_code ? std::string(text) : std::string();
}

std::string text_of(json::object const& object, std::initializer_list<std::string_view> names) {
    for (std::string_view const name : names) {
        json::value const* const value = object.if_contains(name);
        if (value == nullptr || !value->is_string()) continue;
        json::string const& text = value->get_string();
        return {text.data(), text.size()};
    }
    return {};
}

void read_json(std::string_view body, ErrorReply& out) {
    json::error_code failed;
    json::value const value = json::parse(body, failed);
    if (failed || !value.is_object()) return;
    json::object const& object = value.get_object();
    out.code = code_of(text_of(object, {"__type", "code", "Code"}));
    out.message = text_of(object, {"message", "Message", "errorMessage"});
}

void read_error_xml(std::string_view body, ErrorReply& out) {
    auto const root = read_xml(body);
    if (!root) return;
    // <Error>, <ErrorResponse><Error> or <Response><Errors><Error>
    XmlElement const* error = &root.value();
    for (int level = 0; level < 2 && error != nullptr && error->name != "Error"; ++level) {
        XmlElement const* const errors = error->child("Errors");
        error = errors != nullptr ? errors : error->child("Error");
    }
    if (error == nullptr || error->name != "Error") return;
    out.code = code_of(error->text_at("Code"));
    out.message = error->text_at("Message");
    out.region = code_of(error->text_at("Region"));
}

}  // namespace

ErrorReply read_error_reply(HttpReply const& reply) {
    ErrorReply out;
    std::string_view const body = trimmed(reply.body);
    if (body.starts_with('{')) read_json(body, out);
    if (body.starts_with('<')) read_error_xml(body, out);
    if (out.code.empty()) out.code = code_of(reply.header("x-amzn-errortype"));
    if (out.region.empty()) out.region = code_of(reply.header("x-amz-bucket-region"));
    return out;
}

}  // namespace inlet::aws
