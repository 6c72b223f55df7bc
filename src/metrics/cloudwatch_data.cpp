#include "metrics/cloudwatch_data.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

namespace inlet::metrics {
namespace {

constexpr double kDaySeconds = 86'400;

// Of the oldest row that any lane still has to bring.
double backlog_age_seconds(Sources const& sources) {
    std::int64_t oldest_ms = 0;
    for (auto const& lane : sources.delivery.lanes())
        oldest_ms = std::max(oldest_ms, account(sources, *lane.stats).oldest_age_ms);
    return static_cast<double>(oldest_ms) / 1e3;
}

// Nothing where it cannot be asked.
std::optional<double> free_percent(std::string const& dir) {
    std::error_code error;
    auto const space = std::filesystem::space(dir, error);
    if (error || space.capacity == 0) return std::nullopt;
    return 100.0 * static_cast<double>(space.available) / static_cast<double>(space.capacity);
}

}  // namespace

std::vector<aws::MetricDatum> CloudWatchData::collect() {
    using aws::MetricUnit;
    collected_ = {};
    for (auto const& counter : sources_.api.rejected_requests) collected_.rejected += counter.get();
    collected_.responses_5xx = sources_.http.responses[5].get();

    auto const since = [](std::uint64_t now, std::uint64_t before) {
        return static_cast<double>(now - before);
    };
    std::vector<aws::MetricDatum> data = {
        {"JournalBacklogAgeSeconds", backlog_age_seconds(sources_), MetricUnit::seconds},
        {"JournalBacklogBytes",
         static_cast<double>(sources_.journal.stats().undelivered_bytes.get()), MetricUnit::bytes},
        {"RejectedRequests", since(collected_.rejected, published_.rejected), MetricUnit::count},
        {"Responses5xx", since(collected_.responses_5xx, published_.responses_5xx),
         MetricUnit::count},
    };
    if (auto const end_s = sources_.http.tls_not_after_seconds.get(); end_s != 0) {
        auto const now_s = static_cast<double>(sources_.clock.unix_ms()) / 1e3;
        data.push_back({"CertificateDaysLeft", (static_cast<double>(end_s) - now_s) / kDaySeconds,
                        MetricUnit::none});
    }
    if (auto const percent = free_percent(journal_dir_))
        data.push_back({"JournalDiskFreePercent", *percent, MetricUnit::percent});
    return data;
}

}  // namespace inlet::metrics
