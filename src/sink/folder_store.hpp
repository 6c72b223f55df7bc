// folder_store.hpp - objects as files below a folder.
// Publish:   written and synced under a temporary name in <dir>/.tmp, renamed to its key, the
//            folder synced: who lists the folder never sees half an object, nor does a crash.
// Threads:   one per store. Several processes may have the same folder: who writes a temporary
//            file holds its lock, and only those that nobody holds are cleared away.
// Ownership: does not own the FileSystem, which must outlive it.
// Errors:    as object_store.hpp says.
#pragma once

#include <memory>
#include <string>

#include "base/file.hpp"
#include "sink/object_store.hpp"

namespace inlet::sink {

class FolderStore final : public ObjectStore {
  public:
    // For writing and reading: makes the folder and clears what an earlier process left half done.
    static Result<std::unique_ptr<FolderStore>> open_for_writing(FileSystem& fs, std::string dir);
    // For reading alone: touches nothing.
    FolderStore(FileSystem& fs, std::string dir);

    Result<std::unique_ptr<ObjectWriter>> create(std::string const& key,
                                                 std::optional<ObjectInfo> const& known) override;
    Result<std::unique_ptr<ObjectReader>> open(std::string const& key) override;
    Result<void> list(std::string_view prefix,
                      std::function<void(ObjectEntry)> const& take) override;
    Result<std::optional<std::uint64_t>> free_bytes() override;

  private:
    Result<void> clear_temporaries();
    Result<void> list_folder(std::string const& key, std::string_view prefix,
                             std::function<void(ObjectEntry)> const& take);
    [[nodiscard]] std::string path_of(std::string const& key) const;

    FileSystem& fs_;
    std::string dir_;
};

}  // namespace inlet::sink
