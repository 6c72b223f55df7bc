#include "support/faulty_file_system.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/check.hpp"

namespace inlet::test {
namespace {

constexpr std::uint64_t kSector = 512;

using Random = std::mt19937_64;

bool coin(Random& random) {
    return (random() & 1) != 0;
}

// Something a file got since its last sync: bytes at an offset, or with no bytes a new size.
struct Pending {
    std::uint64_t offset;
    std::string data;
    std::uint64_t size_after;
};

struct SplitPath {
    std::vector<std::string> folders;
    std::string name;  // "" for the root
};

SplitPath split(std::string_view path) {
    SplitPath result;
    while (!path.empty()) {
        auto const slash = std::min(path.find('/'), path.size());
        auto const part = path.substr(0, slash);
        path.remove_prefix(std::min(slash + 1, path.size()));
        if (part.empty() || part == ".") continue;
        if (!result.name.empty()) result.folders.push_back(result.name);
        result.name = part;
    }
    return result;
}

void put_bytes(std::string& image, std::uint64_t offset, std::string_view data) {
    auto const at = static_cast<std::size_t>(offset);
    if (image.size() < at + data.size()) image.resize(at + data.size());
    image.replace(at, data.size(), data);
}

// The sector behind the last one that is written to.
std::uint64_t end_sector(Pending const& write) {
    if (write.data.empty()) return 0;
    return (write.offset + write.data.size() - 1) / kSector + 1;
}

// What a disk may hold when power fails before a sync: of every sector the state after any of the
// writes to it, and any of the sizes the file had. What was never written reads as zeros.
void apply_some(std::string& durable, std::vector<Pending> const& pending, Random& random) {
    std::map<std::uint64_t, std::size_t> writes_to;  // sector -> how many
    for (auto const& write : pending) {
        for (auto s = write.offset / kSector; s < end_sector(write); ++s) ++writes_to[s];
    }
    auto const bias = random() % 4;  // now and then nothing or everything arrives
    std::map<std::uint64_t, std::size_t> kept;
    for (auto const& [sector, count] : writes_to) {
        kept[sector] = bias == 0 ? 0 : bias == 1 ? count : random() % (count + 1);
    }
    std::uint64_t size = durable.size();
    for (auto const& write : pending) {
        if (bias == 1 || coin(random)) size = write.size_after;
        for (auto s = write.offset / kSector; s < end_sector(write); ++s) {
            if (kept[s] == 0) continue;
            --kept[s];
            auto const begin = std::max(s * kSector, write.offset);
            auto const end = std::min((s + 1) * kSector, write.offset + write.data.size());
            put_bytes(durable, begin,
                      std::string_view(write.data).substr(begin - write.offset, end - begin));
        }
    }
    durable.resize(static_cast<std::size_t>(size));
}

}  // namespace

// A file or a folder. A folder's entries are what is seen and what is on the disk.
struct FaultyFileSystem::Node {
    bool is_folder = false;
    bool unreadable = false;
    bool locked = false;
    std::string seen;
    std::string durable;
    std::vector<Pending> pending;
    std::map<std::string, std::shared_ptr<Node>> entries;
    std::map<std::string, std::shared_ptr<Node>> durable_entries;
};

// One folder entry that was added, replaced or (without a node) taken away, and is not durable yet.
struct FaultyFileSystem::Change {
    std::shared_ptr<Node> folder;
    std::string name;
    std::shared_ptr<Node> node;
    // The entry that a rename added or took away together with this one: within one folder both
    // happen or none; between two folders the old name never goes before the new one is there.
    std::shared_ptr<Change> partner = nullptr;

    void apply() const {
        if (node)
            folder->durable_entries[name] = node;
        else
            folder->durable_entries.erase(name);
    }
};

struct FaultyFileSystem::State {
    using NodePtr = std::shared_ptr<Node>;

    mutable std::mutex mutex;
    Random random;
    NodePtr root = make_folder();
    std::vector<std::shared_ptr<Change>> changes;
    std::vector<Fault> faults;
    std::vector<std::string> names;
    std::uint64_t boot = 1;  // handles of an earlier one are dead
    std::uint64_t capacity = 1ULL << 40;

    static NodePtr make_folder() {
        auto node = std::make_shared<Node>();
        node->is_folder = true;
        return node;
    }

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

    NodePtr folder_of(SplitPath const& path) const {
        NodePtr node = root;
        for (auto const& name : path.folders) {
            auto const it = node->entries.find(name);
            if (it == node->entries.end() || !it->second->is_folder) return nullptr;
            node = it->second;
        }
        return node;
    }

    NodePtr find(std::string const& path) const {
        auto const parts = split(path);
        if (parts.name.empty()) return root;
        auto const folder = folder_of(parts);
        if (!folder) return nullptr;
        auto const it = folder->entries.find(parts.name);
        return it == folder->entries.end() ? nullptr : it->second;
    }

    NodePtr existing_file(std::string const& path) const {
        auto node = find(path);
        CHECK(node != nullptr && !node->is_folder);
        return node;
    }

    std::shared_ptr<Change> change(NodePtr const& folder, std::string const& name,
                                   NodePtr const& node) {
        if (node)
            folder->entries[name] = node;
        else
            folder->entries.erase(name);
        changes.push_back(std::make_shared<Change>(Change{folder, name, node}));
        return changes.back();
    }

    void sync_folder(NodePtr const& folder) {
        // From the last to the first: a rename out of this folder pulls in all that happened before
        // it in the folder it went to.
        std::set<Node const*> folders = {folder.get()};
        std::set<Change const*> due;
        for (auto it = changes.rbegin(); it != changes.rend(); ++it) {
            auto const& made = **it;
            if (!folders.contains(made.folder.get())) continue;
            due.insert(&made);
            if (!made.node && made.partner) folders.insert(made.partner->folder.get());
        }
        for (auto const& made : changes) {
            if (due.contains(made.get())) made->apply();
        }
        std::erase_if(changes, [&](auto const& made) { return due.contains(made.get()); });
    }

    // The folder at the end, or null if a file is in the way.
    NodePtr make_folders(std::vector<std::string> const& path) {
        auto folder = root;
        for (auto const& name : path) {
            if (!folder->entries.contains(name)) {
                change(folder, name, make_folder());
                sync_folder(folder);
            }
            folder = folder->entries[name];
            if (!folder->is_folder) return nullptr;
        }
        return folder;
    }

    std::uint64_t used_below(Node const& folder) const {
        std::uint64_t sum = 0;
        for (auto const& [name, node] : folder.entries) {
            sum += node->is_folder ? used_below(*node) : node->seen.size();
        }
        return sum;
    }

    std::uint64_t free() const {
        auto const used = used_below(*root);
        return used < capacity ? capacity - used : 0;
    }

    // A failed sync: the kernel tried, wrote what it could, and forgets about the rest.
    void lose_pending(Node& node) {
        apply_some(node.durable, node.pending, random);
        node.pending.clear();
    }

    void keep_some_changes(Random& some) {
        // Journalling file systems keep a prefix of the changes; others any of them.
        bool const in_order = coin(some);
        auto const prefix = changes.empty() ? 0 : some() % (changes.size() + 1);
        std::set<Change const*> kept;
        for (std::size_t i = 0; i < changes.size(); ++i) {
            auto const& made = *changes[i];
            bool keep = in_order ? i < prefix : coin(some);
            if (!made.node && made.partner) {
                bool const added = kept.contains(made.partner.get());
                keep = made.partner->folder == made.folder ? added : keep && added;
            }
            if (!keep) continue;
            kept.insert(&made);
            made.apply();
        }
    }

    void restart(Node& node, Crash mode, Random& some) {
        node.locked = false;
        if (node.is_folder) {
            node.entries = node.durable_entries;
            for (auto const& [name, child] : node.entries) restart(*child, mode, some);
            return;
        }
        if (mode == Crash::keep_some) apply_some(node.durable, node.pending, some);
        node.pending.clear();
        node.seen = node.durable;
    }

    static void unlock_all(Node& node) {
        node.locked = false;
        for (auto const& [name, child] : node.entries) unlock_all(*child);
    }

    static void collect(Node const& folder, std::string const& prefix,
                        std::vector<std::string>& out) {
        for (auto const& [name, node] : folder.entries) {
            auto const path = prefix.empty() ? name : prefix + "/" + name;
            if (node->is_folder)
                collect(*node, path, out);
            else
                out.push_back(path);
        }
    }
};

class FaultyFileSystem::OpenFile final : public File {
  public:
    OpenFile(State& state, std::string path, std::shared_ptr<Node> node, bool writable)
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
            store(offset, data.substr(0, fault->partial_bytes));
            return error(fault->err, "write");
        }
        auto const grown_from = std::max<std::uint64_t>(node_->seen.size(), offset);
        auto const room = grown_from - offset + state_.free();
        store(offset, data.substr(0, static_cast<std::size_t>(room)));
        if (data.size() > room) return error(ENOSPC, "write");
        return success();
    }

    Result<void> sync() override {
        std::lock_guard const lock(state_.mutex);
        if (dead()) return error(EIO, "fdatasync");
        if (auto const fault = state_.count("sync", path_)) {
            state_.lose_pending(*node_);
            return error(fault->err, "fdatasync");
        }
        for (auto const& write : node_->pending) {
            put_bytes(node_->durable, write.offset, write.data);
            node_->durable.resize(static_cast<std::size_t>(write.size_after));
        }
        node_->pending.clear();
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
        node_->seen.resize(static_cast<std::size_t>(bytes));
        node_->pending.push_back({size, "", bytes});
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
    void store(std::uint64_t offset, std::string_view data) {
        if (data.empty()) return;
        put_bytes(node_->seen, offset, data);
        node_->pending.push_back({offset, std::string(data), node_->seen.size()});
    }

    State& state_;
    std::string path_;
    std::shared_ptr<Node> node_;
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
    auto const parts = split(path);
    auto const folder = state_->folder_of(parts);
    if (!folder) return errno_error(ENOENT, path + ": open");
    auto node = state_->find(path);
    if (!node && !may_create) return errno_error(ENOENT, path + ": open");
    if (node && mode == OpenMode::create_new) return errno_error(EEXIST, path + ": open");
    if (node && node->is_folder) return errno_error(EISDIR, path + ": open");
    if (!node) {
        node = std::make_shared<Node>();
        state_->change(folder, parts.name, node);
    }
    return std::unique_ptr<File>(
        std::make_unique<OpenFile>(*state_, path, std::move(node), mode != OpenMode::read));
}

Result<void> FaultyFileSystem::rename(std::string const& from, std::string const& to) {
    std::lock_guard const lock(state_->mutex);
    if (auto const fault = state_->count("rename", from)) {
        return errno_error(fault->err, from + ": rename");
    }
    auto const old_place = split(from);
    auto const new_place = split(to);
    auto const node = state_->find(from);
    auto const new_folder = state_->folder_of(new_place);
    if (!node || !new_folder) return errno_error(ENOENT, from + ": rename");
    auto const replaced = state_->find(to);
    if (replaced == node) return success();
    if (replaced && replaced->is_folder) return errno_error(EISDIR, from + ": rename");
    auto const added = state_->change(new_folder, new_place.name, node);
    auto const gone = state_->change(state_->folder_of(old_place), old_place.name, nullptr);
    gone->partner = added;
    return success();
}

Result<void> FaultyFileSystem::remove(std::string const& path) {
    std::lock_guard const lock(state_->mutex);
    if (auto const fault = state_->count("remove", path)) {
        return errno_error(fault->err, path + ": unlink");
    }
    auto const node = state_->find(path);
    if (!node) return errno_error(ENOENT, path + ": unlink");
    if (node->is_folder) return errno_error(EISDIR, path + ": unlink");
    auto const parts = split(path);
    state_->change(state_->folder_of(parts), parts.name, nullptr);
    return success();
}

Result<void> FaultyFileSystem::make_directories(std::string const& path) {
    std::lock_guard const lock(state_->mutex);
    auto const found = state_->find(path);
    if (found && !found->is_folder) return errno_error(ENOTDIR, path + ": mkdir");
    if (found) return success();
    if (auto const fault = state_->count("mkdir", path))
        return errno_error(fault->err, path + ": mkdir");
    auto parts = split(path);
    parts.folders.push_back(parts.name);
    if (!state_->make_folders(parts.folders)) return errno_error(ENOTDIR, path + ": mkdir");
    return success();
}

Result<void> FaultyFileSystem::sync_directory(std::string const& path) {
    std::lock_guard const lock(state_->mutex);
    if (auto const fault = state_->count("sync_directory", path)) {
        return errno_error(fault->err, path + ": fsync");
    }
    auto const folder = state_->find(path);
    if (!folder) return errno_error(ENOENT, path + ": open");
    if (!folder->is_folder) return errno_error(ENOTDIR, path + ": open");
    state_->sync_folder(folder);
    return success();
}

Result<std::vector<std::string>> FaultyFileSystem::list(std::string const& path) {
    std::lock_guard const lock(state_->mutex);
    auto const folder = state_->find(path);
    if (!folder) return errno_error(ENOENT, path + ": opendir");
    if (!folder->is_folder) return errno_error(ENOTDIR, path + ": opendir");
    std::vector<std::string> names;
    for (auto const& [name, node] : folder->entries) names.push_back(name);
    return names;
}

Result<std::uint64_t> FaultyFileSystem::free_bytes(std::string const& path) {
    std::lock_guard const lock(state_->mutex);
    if (!state_->find(path)) return errno_error(ENOENT, path + ": statvfs");
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
    if (mode == Crash::keep_all) return State::unlock_all(*state_->root);
    Random some(seed);
    if (mode == Crash::keep_some) state_->keep_some_changes(some);
    state_->changes.clear();
    state_->restart(*state_->root, mode, some);
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
    for (auto& write : node.pending) {
        if (offset < write.offset || offset - write.offset >= write.data.size()) continue;
        write.data[at - static_cast<std::size_t>(write.offset)] = node.seen[at];
    }
}

void FaultyFileSystem::truncate(std::string const& path, std::uint64_t size) {
    std::lock_guard const lock(state_->mutex);
    auto& node = *state_->existing_file(path);
    node.seen.resize(static_cast<std::size_t>(size));
    node.durable = node.seen;
    node.pending.clear();
}

void FaultyFileSystem::put(std::string const& path, std::string_view content) {
    std::lock_guard const lock(state_->mutex);
    auto const parts = split(path);
    auto const folder = state_->make_folders(parts.folders);
    CHECK(folder != nullptr);
    auto node = std::make_shared<Node>();
    node->seen = node->durable = content;
    state_->change(folder, parts.name, node);
    state_->sync_folder(folder);
}

std::optional<std::string> FaultyFileSystem::bytes(std::string const& path) const {
    std::lock_guard const lock(state_->mutex);
    auto const node = state_->find(path);
    if (!node || node->is_folder) return std::nullopt;
    return node->seen;
}

std::optional<std::string> FaultyFileSystem::durable_bytes(std::string const& path) const {
    std::lock_guard const lock(state_->mutex);
    auto node = state_->root;
    auto parts = split(path);
    parts.folders.push_back(parts.name);
    for (auto const& name : parts.folders) {
        auto const it = node->durable_entries.find(name);
        if (it == node->durable_entries.end()) return std::nullopt;
        node = it->second;
    }
    if (node->is_folder) return std::nullopt;
    return node->durable;
}

std::vector<std::string> FaultyFileSystem::files() const {
    std::lock_guard const lock(state_->mutex);
    std::vector<std::string> paths;
    State::collect(*state_->root, "", paths);
    std::sort(paths.begin(), paths.end());
    return paths;
}

}  // namespace inlet::test
