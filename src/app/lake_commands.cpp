#include "app/lake_commands.hpp"

#include <cstdio>
#include <optional>

#include "sink/folder_store.hpp"
#include "verify/progress_bar.hpp"
#include "verify/verify_lake.hpp"

namespace inlet::app {

int lake_verify(FileSystem& fs, Clock& clock, LakeVerify const& what) {
    sink::FolderStore store(fs, what.dir);
    verify::LakeQuestion question{.place = what.dir};
    if (!what.journal_dir.empty())
        question.journal.emplace(verify::JournalPlace{fs, what.journal_dir});
    std::optional<verify::ProgressBar> bar(std::in_place, clock);
    auto const report = verify::verify_lake(
        store, question, [&](std::uint64_t done, std::uint64_t total) { bar->show(done, total); });
    bar.reset();  // its line must be gone before the report is printed
    if (!report) {
        std::fprintf(stderr, "inlet: %s\n", report.error().message().c_str());
        return static_cast<int>(verify::Verdict::unreadable);
    }
    auto const text = what.json ? verify::as_json(report.value()) : verify::as_text(report.value());
    std::fputs(text.c_str(), stdout);
    return static_cast<int>(report.value().verdict());
}

}  // namespace inlet::app
