// fake_disk.hpp - the tree of files and folders behind faulty_file_system.hpp, with its two images.
// Threads: one at a time; FaultyFileSystem has the lock.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace inlet::test {

using Random = std::mt19937_64;

// What a file got since its last sync: bytes at an offset, or without bytes a new size.
struct UnsyncedWrite {
    std::uint64_t offset;
    std::string data;
    std::uint64_t size_after;
};

// A file or a folder.
struct FakeNode {
    using Entries = std::map<std::string, std::shared_ptr<FakeNode>>;

    bool is_folder = false;
    bool unreadable = false;
    bool locked = false;
    std::string seen;
    std::string durable;
    std::vector<UnsyncedWrite> unsynced;
    Entries entries;
    Entries durable_entries;

    void write(std::uint64_t offset, std::string_view data);
    void grow(std::uint64_t size);
    void sync();
    // Power fails, or a sync does: some sectors of what was unsynced got there, the rest never will.
    void keep_some(Random& random);
};

using NodePtr = std::shared_ptr<FakeNode>;

// "a//b/./c" is the name c in the folders a, b; "" is the name of the root.
struct FakePath {
    std::vector<std::string> folders;
    std::string name;

    explicit FakePath(std::string_view path);
    [[nodiscard]] std::vector<std::string> all() const;
};

class FakeDisk {
  public:
    [[nodiscard]] NodePtr const& root() const { return root_; }
    // The folder that holds the entry, and the entry; null if there is none.
    [[nodiscard]] NodePtr folder_of(FakePath const& path) const;
    [[nodiscard]] NodePtr find(std::string_view path) const;
    [[nodiscard]] NodePtr find_durable(std::string_view path) const;
    [[nodiscard]] std::vector<std::string> files() const;  // paths, sorted
    [[nodiscard]] std::uint64_t used_bytes() const;

    // Changes what is seen; durable after sync_folder(). An entry without a node is taken away.
    void change(NodePtr const& folder, std::string const& name, NodePtr const& node);
    void rename(FakePath const& from, FakePath const& to);
    void sync_folder(NodePtr const& folder);
    // Durable at once. The folder at the end, or null if a file is in the way.
    NodePtr make_folders(std::vector<std::string> const& names);

    // The machine stops and comes back. Without `random` nothing that was not synced survives.
    void restart(Random* random);
    // The process that held them is gone.
    void unlock_all();

  private:
    // An entry that was added, replaced or (without a node) taken away, and is not durable yet.
    struct Change {
        NodePtr folder;
        std::string name;
        NodePtr node;
        // The entry that a rename added when it took this one away. Within a folder both happen or
        // none; between two the old name never goes before the new one is there.
        std::shared_ptr<Change> added = nullptr;

        void apply() const;
    };

    std::shared_ptr<Change> add_change(Change change);
    void keep_some_changes(Random& random);

    NodePtr root_ = make_folder();
    std::vector<std::shared_ptr<Change>> changes_;

    static NodePtr make_folder();
};

}  // namespace inlet::test
