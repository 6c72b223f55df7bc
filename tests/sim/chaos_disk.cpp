#include "sim/chaos_disk.hpp"

#include <cerrno>
#include <utility>

namespace inlet::sim {

class ChaosDisk::OpenFile final : public File {
  public:
    OpenFile(ChaosDisk& disk, std::string path, std::unique_ptr<File> below)
        : disk_(disk), path_(std::move(path)), below_(std::move(below)) {}

    Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override {
        TRY(disk_.reading(path_));
        return below_->read(offset, out);
    }
    Result<void> write(std::uint64_t offset, std::string_view data) override {
        return disk_.change("write", path_, [&] { return below_->write(offset, data); });
    }
    Result<void> sync() override {
        if (disk_.dice_.per_mille(disk_.weather_.slow_syncs))
            disk_.clock_.advance_ms(static_cast<std::int64_t>(disk_.dice_.below(60'000)));
        return disk_.change("sync", path_, [&] { return below_->sync(); });
    }
    Result<void> reserve(std::uint64_t bytes) override {
        return disk_.change("reserve", path_, [&] { return below_->reserve(bytes); });
    }
    Result<std::uint64_t> size() override {
        TRY(disk_.reading(path_));
        return below_->size();
    }
    Result<void> lock() override {
        TRY(disk_.reading(path_));
        return below_->lock();
    }

  private:
    ChaosDisk& disk_;
    std::string path_;
    std::unique_ptr<File> below_;
};

template <class Call>
auto ChaosDisk::change(char const* what, std::string const& path, Call call) -> decltype(call()) {
    if (dead_) return errno_error(EIO, path + ": the process is dead");
    bool const last = calls_to_live_ != 0 && --calls_to_live_ == 0;
    bool const fails = dice_.per_mille(weather_.failing_changes);
    auto const so_much = static_cast<std::size_t>(dice_.below(8'192));
    if ((last && dice_.one_in(2)) || fails) {
        below_.fail_call({.call = below_.calls() + 1,
                          .err = last ? EIO : weather_.err,
                          .partial_bytes = so_much});
    }
    auto done = call();
    below_.clear_faults();
    if (!done && done.error().code != Errc::not_found && done.error().code != Errc::exists)
        ++failures_;
    trace_.line(std::string(what) + " " + path + (done ? "" : " fails") +
                (last ? ", and the process dies" : ""));
    if (!last) return done;
    dead_ = true;
    return errno_error(EIO, path + ": the process died");
}

Result<void> ChaosDisk::reading(std::string const& path) {
    if (!dead_ && !dice_.per_mille(weather_.failing_reads)) return success();
    ++failures_;
    return errno_error(EIO, path + ": read");
}

void ChaosDisk::revive(test::Crash mode) {
    below_.crash(mode, dice_.number());
    dead_ = false;
    calls_to_live_ = 0;
}

Result<std::unique_ptr<File>> ChaosDisk::open(std::string const& path, OpenMode mode) {
    bool const creates = mode == OpenMode::create || mode == OpenMode::create_new;
    if (!creates) {
        TRY(reading(path));
    }
    TRY(auto file, creates ? change("create", path, [&] { return below_.open(path, mode); })
                           : below_.open(path, mode));
    return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, path, std::move(file)));
}

Result<void> ChaosDisk::rename(std::string const& from, std::string const& to) {
    return change("rename", from + " to " + to, [&] { return below_.rename(from, to); });
}

Result<void> ChaosDisk::remove(std::string const& path) {
    return change("remove", path, [&] { return below_.remove(path); });
}

Result<void> ChaosDisk::make_directories(std::string const& path) {
    return change("mkdir", path, [&] { return below_.make_directories(path); });
}

Result<void> ChaosDisk::sync_directory(std::string const& path) {
    return change("sync folder", path, [&] { return below_.sync_directory(path); });
}

Result<std::vector<std::string>> ChaosDisk::list(std::string const& path) {
    TRY(reading(path));
    return below_.list(path);
}

Result<std::uint64_t> ChaosDisk::free_bytes(std::string const& path) {
    TRY(reading(path));
    return below_.free_bytes(path);
}

}  // namespace inlet::sim
