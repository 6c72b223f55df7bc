#include "journal/spares.hpp"

#include "base/log.hpp"
#include "journal/format.hpp"

namespace inlet::journal {

void Spares::retire(std::uint64_t segment) {
    auto const path = join_path(dir_, segment_name(segment));
    auto spare = path + ".spare";
    bool const wanted = paths_.with([&](auto const& paths) { return paths.size() < limit_; });
    // Synced before anybody writes over it: a power cut could bring the old name back, with a new segment's bytes.
    if (wanted && fs_.rename(path, spare) && fs_.sync_directory(dir_)) {
        paths_.with([&](auto& paths) { paths.push_back(std::move(spare)); });
        return;
    }
    auto removed = fs_.remove(path);
    if (!removed && removed.error().code == Errc::not_found) removed = fs_.remove(spare);
    if (!removed)
        log::warn("could not remove a delivered segment", {{"reason", removed.error().message()}});
}

std::string Spares::take() {
    return paths_.with([](auto& paths) {
        std::string path;
        if (paths.empty()) return path;
        path = std::move(paths.back());
        paths.pop_back();
        return path;
    });
}

}  // namespace inlet::journal
