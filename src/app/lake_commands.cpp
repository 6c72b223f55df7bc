#include "app/lake_commands.hpp"

#include <cstdio>
#include <memory>
#include <optional>

#include "app/sinks.hpp"
#include "base/log.hpp"
#include "sink/folder_store.hpp"
#include "sink/s3_place.hpp"
#include "sink/s3_store.hpp"
#include "verify/progress_bar.hpp"
#include "verify/verify_lake.hpp"

namespace inlet::app {
namespace {

int report(Error const& error) {
    std::fprintf(stderr, "inlet: %s\n", error.message().c_str());
    return static_cast<int>(verify::Verdict::unreadable);
}

int verify_store(sink::ObjectStore& store, verify::LakeQuestion const& question, Clock& clock,
                 bool json) {
    std::optional<verify::ProgressBar> bar(std::in_place, clock);
    auto const found = verify::verify_lake(
        store, question, [&](std::uint64_t done, std::uint64_t total) { bar->show(done, total); });
    bar.reset();  // its line must be gone before the report is printed
    if (!found) return report(found.error());
    auto const text = json ? verify::as_json(found.value()) : verify::as_text(found.value());
    std::fputs(text.c_str(), stdout);
    return static_cast<int>(found.value().verdict());
}

Result<int> verify_bucket(verify::LakeQuestion question, Clock& clock, LakeVerify const& what) {
    TRY(auto const place, sink::S3Place::parse(what.place));
    // Standard error is for the progress and the reason of an end, not for news of credentials.
    log::configure(log::Level::warn, log::Format::text);
    TRY(auto const aws, make_aws(what.aws, clock));
    TRY(auto access, sink::resolve_s3(aws.settings));
    // Without any, each object of the lake would be reported as unreadable, one by one.
    TRY(aws.credentials->get());
    bool const path_style =
        sink::use_path_style(what.path_style, place.bucket, access.own_endpoint);
    aws::Client client(std::move(access.service), *aws.credentials, *access.http, clock);
    sink::S3Store store(client, place, path_style, {});
    question.pass_over_hidden = true;
    if (question.journal) question.journal->lane = "s3";
    return verify_store(store, question, clock, what.json);
}

}  // namespace

std::string configured_lake(config::Config const& config) {
    if (config.lake.enabled) return config.lake.dir;
    if (!config.s3.enabled) return {};
    return "s3://" + config.s3.bucket + "/" + config.s3.prefix;
}

bool is_in_s3(LakeVerify const& what) {
    return sink::S3Place::is_url(what.place);
}

int lake_verify(FileSystem& fs, Clock& clock, LakeVerify const& what) {
    verify::LakeQuestion question{.place = what.place};
    if (!what.journal_dir.empty())
        question.journal.emplace(verify::JournalPlace{fs, what.journal_dir});
    if (is_in_s3(what)) {
        auto const status = verify_bucket(std::move(question), clock, what);
        return status ? status.value() : report(status.error());
    }
    sink::FolderStore store(fs, what.place);
    return verify_store(store, question, clock, what.json);
}

}  // namespace inlet::app
