#include "api/admission.hpp"

#include "api/shown_secret.hpp"

namespace inlet::api {

Admission::Admission(ApiOptions const& options, WriteKeys keys, Clock& clock,
                     std::size_t address_slots)
    : keys_(std::move(keys)),
      key_rate_(options.key_rate),
      addresses_(options.address_rate, address_slots),
      clock_(clock) {}

Admission::Answer Admission::admit(http::Request const& request, std::string& scratch) {
    if (addresses_.limited() && !addresses_.take(request.client, clock_.steady_ns()))
        return {Verdict::address_limited};
    if (keys_.empty()) return {};
    auto* const key = keys_.find(shown_secret(request, scratch));
    if (key == nullptr) return {Verdict::unauthorized};
    key->requests.add();
    if (key_rate_.limited() && !key->bucket.take(key_rate_, clock_.steady_ns())) {
        key->limited.add();
        return {Verdict::key_limited, key};
    }
    return {Verdict::admitted, key};
}

}  // namespace inlet::api
