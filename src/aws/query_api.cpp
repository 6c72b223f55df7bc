#include "aws/query_api.hpp"

#include "aws/uri.hpp"

namespace inlet::aws {
namespace {

constexpr std::size_t kMaxReplyBytes = 64 << 10;

}  // namespace

std::string encode_form(QueryForm const& form) {
    std::string out;
    for (auto const& [name, value] : form) {
        if (!out.empty()) out += '&';
        out.append(name).append("=");
        append_encoded(out, value, Slash::encode);
    }
    return out;
}

Header form_type() {
    return {"content-type", "application/x-www-form-urlencoded; charset=utf-8"};
}

Outcome call_query(Client& client, QueryForm const& form, std::int64_t timeout_ms) {
    auto const body = encode_form(form);
    Call call;
    call.headers = {form_type()};
    call.body = body;
    call.timeout_ms = timeout_ms;
    call.max_reply_bytes = kMaxReplyBytes;
    return client.call(call);
}

}  // namespace inlet::aws
