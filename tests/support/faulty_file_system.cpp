#include "support/faulty_file_system.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "support/fake_disk.hpp"

namespace inlet::test {

struct FaultyFileSystem::State {
    mutable std::mutex mutex;
    Random random;
    FakeDisk disk;
    std::vector<Fault> faults;
    std::vector<std::string> names;
    std::uint64_t boot = 1;  // handles of an earlier one are dead
    std::uint64_t capacity = 1ULL << 40;

    // Counts a call; the fault that hits it, if any.
    std::optional<Fault> count(char const* what, std::string const& path) {
        names.push_back(std::string(what) + " " + path);
        for (auto const& fault : faults) {
            bool const hit =
                fault.persistent ? names.size() >= fault.call : names.size() == fault.call;
            if (hit) return fault;
        }
        return std::nullopt;
    }

    [[nodiscard]] std::uint64_t free() const {
        auto const used = disk.used_bytes();
        return used < capacity ? capacity - used : 0;
    }

    [[nodiscard]] NodePtr existing_file(std::string const& path) const {
        auto node = disk.find(path);
        CHECK(node != nullptr && !node->is_folder);
        return node;
    }
};

class FaultyFileSystem::OpenFile final : public File {
  public:
    OpenFile(State& state, std::string path, NodePtr node, bool writable)
        : state_(state),
          path_(std::move(path)),
          node_(std::move(node)),
          writable_(writable),
          boot_(state.boot) {}

    ~OpenFile() override {
        std::lock_guard const lock(state_.mutex);
        if (has_lock_ && boot_ == state_.boot) node_->locked = false;
    }
    OpenFile(OpenFile const&) = delete;
    OpenFile& operator=(OpenFile const&) = delete;

    Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override {
        std::lock_guard const lock(state_.mutex);
        if (dead() || node_->unreadable) return error(EIO, "read");
        if (offset >= node_->seen.size()) return std::size_t{0};
        auto const n = node_->seen.copy(out.data(), out.size(), static_cast<std::size_t>(offset));
        return n;
    }

    Result<void> write(std::uint64_t offset, std::string_view data) override {
        std::lock_guard const lock(state_.mutex);
        if (dead()) return error(EIO, "write");
        if (!writable_) return error(EBADF, "write");
        auto const fault = state_.count("write", path_);
        if (fault) {
            node_->write(offset, data.substr(0, fault->partial_bytes));
            return error(fault->err, "write");
        }
        auto const grown_from = std::max<std::uint64_t>(node_->seen.size(), offset);
        auto const room = grown_from - offset + state_.free();
        node_->write(offset, data.substr(0, static_cast<std::size_t>(room)));
        if (data.size() > room) return error(ENOSPC, "write");
        return success();
    }

    Result<void> sync() override {
        std::lock_guard const lock(state_.mutex);
        if (dead()) return error(EIO, "fdatasync");
        if (auto const fault = state_.count("sync", path_)) {
            node_->keep_some(state_.random);  // the kernel tried, and forgets about the rest
            return error(fault->err, "fdatasync");
        }
        node_->sync();
        return success();
    }

    Result<void> reserve(std::uint64_t bytes) override {
        std::lock_guard const lock(state_.mutex);
        if (dead()) return error(EIO, "fallocate");
        if (!writable_) return error(EBADF, "fallocate");
        if (auto const fault = state_.count("reserve", path_))
            return error(fault->err, "fallocate");
        auto const size = node_->seen.size();
        if (bytes <= size) return success();
        if (bytes - size > state_.free()) return error(ENOSPC, "fallocate");
        node_->grow(bytes);
        return success();
    }

    Result<std::uint64_t> size() override {
        std::lock_guard const lock(state_.mutex);
        if (dead()) return error(EIO, "stat");
        return std::uint64_t{node_->seen.size()};
    }

    Result<void> lock() override {
        std::lock_guard const lock(state_.mutex);
        if (dead()) return error(EIO, "lock");
        if (has_lock_) return success();
        if (node_->locked) return Error{Errc::exists, EWOULDBLOCK, path_ + ": lock"};
        node_->locked = true;
        has_lock_ = true;
        return success();
    }

  private:
    [[nodiscard]] bool dead() const { return boot_ != state_.boot; }
    [[nodiscard]] Error error(int err, char const* call) const {
        return errno_error(err, path_ + ": " + call);
    }

    State& state_;
    std::string path_;
    NodePtr node_;
    bool writable_;
    bool has_lock_ = false;
    std::uint64_t boot_;
};

FaultyFileSystem::FaultyFileSystem(std::uint64_t seed) : state_(std::make_unique<State>()) {
    state_->random.seed(seed);
}

FaultyFileSystem::~FaultyFileSystem() = default;

Result<std::unique_ptr<File>> FaultyFileSystem::open(std::string const& path, OpenMode mode) {
    std::lock_guard const lock(state_->mutex);
    bool const may_create = mode == OpenMode::create || mode == OpenMode::create_new;
    if (may_create) {
        if (auto const fault = state_->count("create", path)) {
            return errno_error(fault->err, path + ": open");
        }
    }
    FakePath const parts(path);
    auto const folder = state_->disk.folder_of(parts);
    if (!folder) return errno_error(ENOENT, path + ": open");
    auto node = state_->disk.find(path);
    if (!node && !may_create) return errno_error(ENOENT, path + ": open");
    if (node && mode == OpenMode::create_new) return errno_error(EEXIST, path + ": open");
    if (node && node->is_folder) return errno_error(EISDIR, path + ": open");
    if (!node) {
        node = std::make_shared<FakeNode>();
        state_->disk.change(folder, parts.name, node);
    }
    return std::unique_ptr<File>(
        std::make_unique<OpenFile>(*state_, path, std::move(node), mode != OpenMode::read));
}

Result<void> FaultyFileSystem::rename(std::string const& from, std::string const& to) {
    std::lock_guard const lock(state_->mutex);
    if (auto const fault = state_->count("rename", from)) {
        return errno_error(fault->err, from + ": rename");
    }
    FakePath const new_place(to);
    auto const node = state_->disk.find(from);
    if (!node || !state_->disk.folder_of(new_place)) {
        return errno_error(ENOENT, from + ": rename");
    }
    auto const replaced = state_->disk.find(to);
    if (replaced == node) return success();
    if (replaced && replaced->is_folder) return errno_error(EISDIR, from + ": rename");
    state_->disk.rename(FakePath(from), new_place);
    return success();
}

Result<void> FaultyFileSystem::remove(std::string const& path) {
    std::lock_guard const lock(state_->mutex);
    if (auto const fault = state_->count("remove", path)) {
        return errno_error(fault->err, path + ": unlink");
    }
    auto const node = state_->disk.find(path);
    if (!node) return errno_error(ENOENT, path + ": unlink");
    if (node->is_folder) return errno_error(EISDIR, path + ": unlink");
    FakePath const parts(path);
    state_->disk.change(state_->disk.folder_of(parts), parts.name, nullptr);
    return success();
}

Result<void> FaultyFileSystem::make_directories(std::string const& path) {
    std::lock_guard const lock(state_->mutex);
    auto const found = state_->disk.find(path);
    if (found && !found->is_folder) return errno_error(ENOTDIR, path + ": mkdir");
    if (found) return success();
    if (auto const fault = state_->count("mkdir", path))
        return errno_error(fault->err, path + ": mkdir");
    if (!state_->disk.make_folders(FakePath(path).all())) {
        return errno_error(ENOTDIR, path + ": mkdir");
    }
    return success();
}

Result<void> FaultyFileSystem::sync_directory(std::string const& path) {
    std::lock_guard const lock(state_->mutex);
    if (auto const fault = state_->count("sync_directory", path)) {
        return errno_error(fault->err, path + ": fsync");
    }
    auto const folder = state_->disk.find(path);
    if (!folder) return errno_error(ENOENT, path + ": open");
    if (!folder->is_folder) return errno_error(ENOTDIR, path + ": open");
    state_->disk.sync_folder(folder);
    return success();
}

Result<std::vector<std::string>> FaultyFileSystem::list(std::string const& path) {
    std::lock_guard const lock(state_->mutex);
    auto const folder = state_->disk.find(path);
    if (!folder) return errno_error(ENOENT, path + ": opendir");
    if (!folder->is_folder) return errno_error(ENOTDIR, path + ": opendir");
    std::vector<std::string> names;
    for (auto const& [name, node] : folder->entries) names.push_back(name);
    return names;
}

Result<std::uint64_t> FaultyFileSystem::free_bytes(std::string const& path) {
    std::lock_guard const lock(state_->mutex);
    if (!state_->disk.find(path)) return errno_error(ENOENT, path + ": statvfs");
    return state_->free();
}

void FaultyFileSystem::fail_call(Fault const& fault) {
    std::lock_guard const lock(state_->mutex);
    state_->faults.push_back(fault);
}

void FaultyFileSystem::clear_faults() {
    std::lock_guard const lock(state_->mutex);
    state_->faults.clear();
}

std::uint64_t FaultyFileSystem::calls() const {
    std::lock_guard const lock(state_->mutex);
    return state_->names.size();
}

std::vector<std::string> FaultyFileSystem::call_names() const {
    std::lock_guard const lock(state_->mutex);
    return state_->names;
}

void FaultyFileSystem::crash(Crash mode, std::uint64_t seed) {
    std::lock_guard const lock(state_->mutex);
    state_->faults.clear();
    ++state_->boot;
    if (mode == Crash::keep_all) return state_->disk.unlock_all();
    Random some(seed);
    state_->disk.restart(mode == Crash::keep_some ? &some : nullptr);
}

void FaultyFileSystem::set_capacity(std::uint64_t bytes) {
    std::lock_guard const lock(state_->mutex);
    state_->capacity = bytes;
}

void FaultyFileSystem::make_unreadable(std::string const& path) {
    std::lock_guard const lock(state_->mutex);
    state_->existing_file(path)->unreadable = true;
}

void FaultyFileSystem::flip_byte(std::string const& path, std::uint64_t offset) {
    std::lock_guard const lock(state_->mutex);
    auto& node = *state_->existing_file(path);
    auto const at = static_cast<std::size_t>(offset);
    CHECK(at < node.seen.size());
    for (auto* image : {&node.seen, &node.durable}) {
        if (at < image->size()) (*image)[at] = static_cast<char>((*image)[at] ^ 0x55);
    }
    for (auto& write : node.unsynced) {
        if (offset < write.offset || offset - write.offset >= write.data.size()) continue;
        write.data[at - static_cast<std::size_t>(write.offset)] = node.seen[at];
    }
}

void FaultyFileSystem::truncate(std::string const& path, std::uint64_t size) {
    std::lock_guard const lock(state_->mutex);
    auto& node = *state_->existing_file(path);
    node.seen.resize(static_cast<std::size_t>(size));
    node.durable = node.seen;
    node.unsynced.clear();
}

void FaultyFileSystem::put(std::string const& path, std::string_view content) {
    std::lock_guard const lock(state_->mutex);
    FakePath const parts(path);
    auto const folder = state_->disk.make_folders(parts.folders);
    CHECK(folder != nullptr);
    auto node = std::make_shared<FakeNode>();
    node->seen = node->durable = content;
    state_->disk.change(folder, parts.name, node);
    state_->disk.sync_folder(folder);
}

std::optional<std::string> FaultyFileSystem::bytes(std::string const& path) const {
    std::lock_guard const lock(state_->mutex);
    auto const node = state_->disk.find(path);
    if (!node || node->is_folder) return std::nullopt;
    return node->seen;
}

std::optional<std::string> FaultyFileSystem::durable_bytes(std::string const& path) const {
    std::lock_guard const lock(state_->mutex);
    auto const node = state_->disk.find_durable(path);
    if (!node || node->is_folder) return std::nullopt;
    return node->durable;
}

std::vector<std::string> FaultyFileSystem::files() const {
    std::lock_guard const lock(state_->mutex);
    return state_->disk.files();
}

}  // namespace inlet::test
