#include "sink/folder_store.hpp"

#include <algorithm>
#include <cerrno>

#include "base/decompress.hpp"
#include "base/sha256.hpp"
#include "sink/object_key.hpp"

namespace inlet::sink {
namespace {

constexpr std::string_view kTemporaries = ".tmp";
constexpr std::size_t kReadBytes = 256 * 1024;
// An object is synced as it grows: one long sync at its end would hold up the journal's commits on the same disk.
constexpr std::uint64_t kSyncBytes = 1 << 20;

// Relative, and nothing in it leads out of the folder or into the temporaries.
bool is_proper_key(std::string_view key) {
    for (;;) {
        auto const end = std::min(key.find('/'), key.size());
        if (end == 0 || key.front() == '.') return false;
        if (end == key.size()) return true;
        key.remove_prefix(end + 1);
    }
}

class FileReader final : public ObjectReader {
  public:
    FileReader(std::unique_ptr<File> file, std::uint64_t size)
        : file_(std::move(file)), size_(size) {}
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override {
        return file_->read(offset, out);
    }

  private:
    std::unique_ptr<File> file_;
    std::uint64_t size_;
};

// SHA-256 in hex of the rows that a file holds, whatever they are compressed with.
Result<std::string> hash_rows(File& file, Codec codec) {
    Decompressor decompressor(codec);
    Sha256 hash;
    auto const take = [&](std::string_view rows) -> Result<void> {
        hash.update(rows);
        return success();
    };
    std::string buffer(kReadBytes, '\0');
    for (std::uint64_t offset = 0;;) {
        TRY(auto n, file.read(offset, buffer));
        if (n == 0) break;
        TRY(decompressor.feed(std::string_view(buffer).substr(0, n), take));
        offset += n;
    }
    TRY(decompressor.finish());
    return hash.finish_hex();
}

class FileWriter final : public ObjectWriter {
  public:
    struct Names {
        std::string temporary;
        std::string final;
        std::string folder;  // of `final`
    };

    FileWriter(FileSystem& fs, std::unique_ptr<File> file, Names names)
        : fs_(fs), file_(std::move(file)), names_(std::move(names)) {}

    ~FileWriter() override {
        // What cannot be removed now is cleared away at the next start.
        if (!is_gone_) (void)fs_.remove(names_.temporary);
    }
    FileWriter(FileWriter const&) = delete;
    FileWriter& operator=(FileWriter const&) = delete;

    Result<void> append(std::string_view bytes) override {
        TRY(file_->write(written_, bytes));
        written_ += bytes.size();
        if (written_ - synced_ < kSyncBytes) return success();
        synced_ = written_;
        return file_->sync();
    }

    Result<PutResult> finish(ObjectInfo const& info) override {
        TRY(file_->sync());
        TRY(fs_.make_directories(names_.folder));
        TRY(auto present, is_present(info));
        // Its name comes back only with the next try of this object, so that now is the time to remove it.
        TRY(present ? fs_.remove(names_.temporary) : fs_.rename(names_.temporary, names_.final));
        is_gone_ = true;
        // Also if it was there: the attempt that renamed it may have ended before this.
        TRY(fs_.sync_directory(names_.folder));
        return present ? PutResult::already_there : PutResult::created;
    }

  private:
    // By content and not by bytes: another version of the library may compress the same rows
    // differently.
    Result<bool> is_present(ObjectInfo const& info) {
        auto existing = fs_.open(names_.final, OpenMode::read);
        if (!existing && existing.error().code == Errc::not_found) return false;
        if (!existing) return std::move(existing).error();
        auto const hash =
            hash_rows(*existing.value(), codec_of_rows_file(names_.final).value_or(Codec::off));
        if (!hash && hash.error().code != Errc::corrupt) return hash.error();
        if (hash && hash.value() == info.sha256) return true;
        return fail(Errc::corrupt, names_.final + ": exists and holds other rows");
    }

    FileSystem& fs_;
    std::unique_ptr<File> file_;
    Names names_;
    std::uint64_t written_ = 0;
    std::uint64_t synced_ = 0;
    bool is_gone_ = false;  // the temporary
};

}  // namespace

FolderStore::FolderStore(FileSystem& fs, std::string dir) : fs_(fs), dir_(std::move(dir)) {}

Result<std::unique_ptr<FolderStore>> FolderStore::open_for_writing(FileSystem& fs,
                                                                   std::string dir) {
    auto store = std::make_unique<FolderStore>(fs, std::move(dir));
    TRY(store->clear_temporaries());
    return store;
}

Result<void> FolderStore::clear_temporaries() {
    auto const folder = join_path(dir_, kTemporaries);
    TRY(fs_.make_directories(folder));
    TRY(auto names, fs_.list(folder));
    for (auto const& name : names) {
        auto const path = join_path(folder, name);
        TRY(auto file, fs_.open(path, OpenMode::read_write));
        auto const locked = file->lock();
        if (!locked && locked.error().code == Errc::exists) continue;  // somebody is writing it
        if (!locked) return locked.error();
        TRY(fs_.remove(path));
    }
    return success();
}

std::string FolderStore::path_of(std::string const& key) const {
    return join_path(dir_, key);
}

Result<std::unique_ptr<ObjectWriter>> FolderStore::create(
    std::string const& key, std::optional<ObjectInfo> const& /*known*/) {
    if (!is_proper_key(key)) return fail(Errc::invalid, key + ": no name for an object");
    FileWriter::Names names;
    names.final = path_of(key);
    names.folder = names.final.substr(0, names.final.find_last_of('/'));
    auto temporary = key;
    std::replace(temporary.begin(), temporary.end(), '/', '+');
    auto const folder = join_path(dir_, kTemporaries);
    names.temporary = join_path(folder, temporary);
    TRY(fs_.make_directories(folder));  // somebody may have cleared the lake under a running server
    // One may be left of an attempt that could not even clean up behind itself.
    TRY(remove_if_there(fs_, names.temporary));
    TRY(auto file, fs_.open(names.temporary, OpenMode::create_new));
    TRY(file->lock());
    return std::unique_ptr<ObjectWriter>(
        std::make_unique<FileWriter>(fs_, std::move(file), std::move(names)));
}

Result<std::unique_ptr<ObjectReader>> FolderStore::open(std::string const& key) {
    TRY(auto file, fs_.open(path_of(key), OpenMode::read));
    TRY(auto size, file->size());
    return std::unique_ptr<ObjectReader>(std::make_unique<FileReader>(std::move(file), size));
}

Result<void> FolderStore::list(std::string_view prefix,
                               std::function<void(ObjectEntry)> const& take) {
    return list_folder("", prefix, take);
}

Result<void> FolderStore::list_folder(std::string const& key, std::string_view prefix,
                                      std::function<void(ObjectEntry)> const& take) {
    TRY(auto names, fs_.list(path_of(key)));
    for (auto const& name : names) {
        if (key.empty() && name == kTemporaries) continue;
        auto const child = key.empty() ? name : join_path(key, name);
        if (!child.starts_with(prefix) && !prefix.starts_with(child)) continue;
        auto as_folder = list_folder(child, prefix, take);
        if (as_folder) continue;
        if (as_folder.error().sys_errno != ENOTDIR) return as_folder;
        if (!child.starts_with(prefix)) continue;
        auto object = open(child);
        take({child, object ? object.value()->size() : 0});
    }
    return success();
}

Result<std::optional<std::uint64_t>> FolderStore::free_bytes() {
    auto bytes = fs_.free_bytes(dir_);
    if (!bytes && bytes.error().code == Errc::not_found) return std::optional<std::uint64_t>();
    if (!bytes) return std::move(bytes).error();
    return std::optional(bytes.value());
}

}  // namespace inlet::sink
