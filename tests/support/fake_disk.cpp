#include "support/fake_disk.hpp"

#include <algorithm>
#include <set>

namespace inlet::test {
namespace {

constexpr std::uint64_t kSector = 512;

bool coin(Random& random) {
    return (random() & 1) != 0;
}

void set_entry(FakeNode::Entries& entries, std::string const& name, NodePtr const& node) {
    if (!node) {
        entries.erase(name);
        return;
    }
    entries[name] = node;
}

void put_bytes(std::string& image, std::uint64_t offset, std::string_view data) {
    auto const at = static_cast<std::size_t>(offset);
    if (image.size() < at + data.size()) image.resize(at + data.size());
    image.replace(at, data.size(), data);
}

// The sector behind the last one that is written to.
std::uint64_t end_sector(UnsyncedWrite const& write) {
    if (write.data.empty()) return 0;
    return (write.offset + write.data.size() - 1) / kSector + 1;
}

// Of every sector, how many of the writes to it arrive before the power fails.
std::map<std::uint64_t, std::size_t> choose_writes(std::vector<UnsyncedWrite> const& writes,
                                                   Random& random) {
    std::map<std::uint64_t, std::size_t> counts;
    for (auto const& write : writes) {
        for (auto s = write.offset / kSector; s < end_sector(write); ++s) ++counts[s];
    }
    auto const bias = random() % 4;  // now and then nothing or everything
    for (auto& [sector, count] : counts) {
        if (bias == 0) count = 0;
        if (bias > 1) count = random() % (count + 1);
    }
    return counts;
}

void for_each_node(NodePtr const& node, auto const& visit) {
    visit(*node);
    for (auto const& [name, child] : node->entries) for_each_node(child, visit);
}

NodePtr walk(NodePtr node, std::vector<std::string> const& names,
             FakeNode::Entries FakeNode::*image) {
    for (auto const& name : names) {
        auto const& entries = (*node).*image;
        auto const found = entries.find(name);
        if (found == entries.end()) return nullptr;
        node = found->second;
    }
    return node;
}

void collect_files(FakeNode const& folder, std::string const& prefix,
                   std::vector<std::string>& out) {
    for (auto const& [name, node] : folder.entries) {
        if (node->is_folder) {
            collect_files(*node, prefix + name + "/", out);
        } else {
            out.push_back(prefix + name);
        }
    }
}

}  // namespace

void FakeNode::write(std::uint64_t offset, std::string_view data) {
    if (data.empty()) return;
    put_bytes(seen, offset, data);
    unsynced.push_back({offset, std::string(data), seen.size()});
}

void FakeNode::grow(std::uint64_t size) {
    auto const before = seen.size();
    seen.resize(static_cast<std::size_t>(size));
    unsynced.push_back({before, "", size});
}

void FakeNode::sync() {
    for (auto const& write : unsynced) {
        put_bytes(durable, write.offset, write.data);
        durable.resize(static_cast<std::size_t>(write.size_after));
    }
    unsynced.clear();
}

// Of every sector the state after any of the writes to it, and any of the sizes that the file had.
// What was never written reads as zeros.
void FakeNode::keep_some(Random& random) {
    auto kept = choose_writes(unsynced, random);
    auto size = durable.size();
    for (auto const& write : unsynced) {
        if (coin(random)) size = static_cast<std::size_t>(write.size_after);
        for (auto s = write.offset / kSector; s < end_sector(write); ++s) {
            if (kept[s] == 0) continue;
            --kept[s];
            auto const begin = std::max(s * kSector, write.offset);
            auto const end = std::min((s + 1) * kSector, write.offset + write.data.size());
            put_bytes(durable, begin,
                      std::string_view(write.data).substr(begin - write.offset, end - begin));
        }
    }
    durable.resize(size);
    unsynced.clear();
}

FakePath::FakePath(std::string_view path) {
    while (!path.empty()) {
        auto const slash = std::min(path.find('/'), path.size());
        auto const part = path.substr(0, slash);
        path.remove_prefix(std::min(slash + 1, path.size()));
        if (part.empty() || part == ".") continue;
        if (!name.empty()) folders.push_back(name);
        name = part;
    }
}

std::vector<std::string> FakePath::all() const {
    auto names = folders;
    if (!name.empty()) names.push_back(name);
    return names;
}

NodePtr FakeDisk::make_folder() {
    auto node = std::make_shared<FakeNode>();
    node->is_folder = true;
    return node;
}

NodePtr FakeDisk::folder_of(FakePath const& path) const {
    auto node = walk(root_, path.folders, &FakeNode::entries);
    return node && node->is_folder ? node : nullptr;
}

NodePtr FakeDisk::find(std::string_view path) const {
    return walk(root_, FakePath(path).all(), &FakeNode::entries);
}

NodePtr FakeDisk::find_durable(std::string_view path) const {
    return walk(root_, FakePath(path).all(), &FakeNode::durable_entries);
}

std::vector<std::string> FakeDisk::files() const {
    std::vector<std::string> paths;
    collect_files(*root_, "", paths);
    std::sort(paths.begin(), paths.end());
    return paths;
}

std::uint64_t FakeDisk::used_bytes() const {
    std::uint64_t sum = 0;
    for_each_node(root_, [&](FakeNode const& node) { sum += node.seen.size(); });
    return sum;
}

void FakeDisk::Change::apply() const {
    set_entry(folder->durable_entries, name, node);
}

std::shared_ptr<FakeDisk::Change> FakeDisk::add_change(Change change) {
    set_entry(change.folder->entries, change.name, change.node);
    changes_.push_back(std::make_shared<Change>(std::move(change)));
    return changes_.back();
}

void FakeDisk::change(NodePtr const& folder, std::string const& name, NodePtr const& node) {
    add_change({folder, name, node});
}

void FakeDisk::rename(FakePath const& from, FakePath const& to) {
    auto const old_folder = folder_of(from);
    auto const added = add_change({folder_of(to), to.name, old_folder->entries.at(from.name)});
    add_change({old_folder, from.name, nullptr, added});
}

void FakeDisk::sync_folder(NodePtr const& folder) {
    // From the last to the first: a rename out of this folder pulls in all that happened before it
    // in the folder it went to.
    std::set<FakeNode const*> folders = {folder.get()};
    std::set<Change const*> due;
    for (auto it = changes_.rbegin(); it != changes_.rend(); ++it) {
        auto const& change = **it;
        if (!folders.contains(change.folder.get())) continue;
        due.insert(&change);
        if (change.added) folders.insert(change.added->folder.get());
    }
    for (auto const& change : changes_) {
        if (due.contains(change.get())) change->apply();
    }
    std::erase_if(changes_, [&](auto const& change) { return due.contains(change.get()); });
}

NodePtr FakeDisk::make_folders(std::vector<std::string> const& names) {
    auto folder = root_;
    for (auto const& name : names) {
        if (!folder->entries.contains(name)) {
            change(folder, name, make_folder());
            sync_folder(folder);
        }
        folder = folder->entries[name];
        if (!folder->is_folder) return nullptr;
    }
    return folder;
}

void FakeDisk::keep_some_changes(Random& random) {
    // Journalling file systems keep a prefix of the changes; others any of them.
    bool const in_order = coin(random);
    auto const prefix = random() % (changes_.size() + 1);
    std::set<Change const*> kept;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
        auto const& change = *changes_[i];
        bool keep = in_order ? i < prefix : coin(random);
        if (change.added) {
            bool const is_added = kept.contains(change.added.get());
            keep = is_added && (keep || change.added->folder == change.folder);
        }
        if (!keep) continue;
        kept.insert(&change);
        change.apply();
    }
}

void FakeDisk::restart(Random* random) {
    if (random != nullptr) keep_some_changes(*random);
    changes_.clear();
    auto const come_back = [&](FakeNode& node) {
        node.locked = false;
        node.entries = node.durable_entries;
        if (random != nullptr) node.keep_some(*random);
        node.unsynced.clear();
        node.seen = node.durable;
    };
    for_each_node(root_, come_back);
}

void FakeDisk::unlock_all() {
    for_each_node(root_, [](FakeNode& node) { node.locked = false; });
}

}  // namespace inlet::test
