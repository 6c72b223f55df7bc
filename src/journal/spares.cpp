#include "journal/spares.hpp"

#include "base/log.hpp"
#include "journal/format.hpp"

namespace inlet::journal {

void Spares::retire(std::uint64_t segment) {
    sweep();
    auto path = join_path(dir_, segment_name(segment));
    bool const wanted = paths_.with([&](auto const& paths) { return paths.size() < limit_; });
    if (auto spare = path + ".spare"; wanted && fs_.rename(path, spare)) {
        path = std::move(spare);
        // Before anybody writes over it: a power cut could bring the old name back, with a new segment's bytes.
        if (fs_.sync_directory(dir_) && keep(path)) return;
    }
    discard(std::move(path));
}

bool Spares::keep(std::string const& path) {
    return paths_.with([&](auto& paths) {
        if (paths.size() >= limit_) return false;
        paths.push_back(path);
        return true;
    });
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

void Spares::discard(std::string path) {
    auto const removed = remove_if_there(fs_, path);
    if (removed) return;
    log::warn("could not remove a file of the journal, trying again later",
              {{"reason", removed.error().message()}});
    refused_.with([&](auto& paths) { paths.push_back(std::move(path)); });
}

void Spares::sweep() {
    auto paths = refused_.with([](auto& all) { return std::exchange(all, {}); });
    std::erase_if(paths, [&](auto const& path) { return remove_if_there(fs_, path).has_value(); });
    if (paths.empty()) return;
    refused_.with([&](auto& all) { all.insert(all.end(), paths.begin(), paths.end()); });
}

}  // namespace inlet::journal
