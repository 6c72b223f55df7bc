#include "api/health.hpp"

namespace inlet::api {

std::string_view Health::readiness() const {
    if (stopping_) return "shutting down";
    switch (journal_.health()) {
        case journal::Health::ok:
            return kReady;
        case journal::Health::failing:
            return "the journal cannot be written";
        case journal::Health::full:
            return "the journal is full";
        case journal::Health::stopping:
            return "shutting down";
    }
    return "unknown";
}

void Health::handle(std::string_view path, Call const& call, Replier& replier,
                    std::string_view retry_after) const {
    if (path == "/health/live") return replier.json(call, 200, R"({"status":"live"})");
    auto const readiness = this->readiness();
    if (readiness == kReady) return replier.json(call, 200, R"({"status":"ready"})");
    replier.problem(call, {.status = 503, .detail = readiness, .extra_headers = retry_after});
}

}  // namespace inlet::api
