#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/file.hpp"

namespace inlet {
namespace {

Error last_error(std::string const& path, char const* call) {
    return errno_error(errno, path + ": " + call);
}

class PosixFile final : public File {
  public:
    PosixFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
    ~PosixFile() override { ::close(fd_); }
    PosixFile(PosixFile const&) = delete;
    PosixFile& operator=(PosixFile const&) = delete;

    Result<std::size_t> read(std::uint64_t offset, std::span<char> out) override {
        std::size_t done = 0;
        while (done < out.size()) {
            auto n = ::pread(fd_, out.data() + done, out.size() - done,
                             static_cast<off_t>(offset + done));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return last_error(path_, "read");
            if (n == 0) break;
            done += static_cast<std::size_t>(n);
        }
        return done;
    }

    Result<void> write(std::uint64_t offset, std::string_view data) override {
        while (!data.empty()) {
            auto n = ::pwrite(fd_, data.data(), data.size(), static_cast<off_t>(offset));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return last_error(path_, "write");
            offset += static_cast<std::uint64_t>(n);
            data.remove_prefix(static_cast<std::size_t>(n));
        }
        return success();
    }

    Result<void> sync() override {
        // Not repeated on EINTR: fdatasync does not document it, and a repeated sync proves nothing.
        if (::fdatasync(fd_) != 0) return last_error(path_, "fdatasync");
        return success();
    }

    Result<void> reserve(std::uint64_t bytes) override {
        int err = 0;
        do {
            err = ::posix_fallocate(fd_, 0, static_cast<off_t>(bytes));
        } while (err == EINTR);
        if (err != 0) return errno_error(err, path_ + ": fallocate");
        return success();
    }

    Result<std::uint64_t> size() override {
        struct stat info = {};
        if (::fstat(fd_, &info) != 0) return last_error(path_, "stat");
        return static_cast<std::uint64_t>(info.st_size);
    }

    Result<void> lock() override {
        if (::flock(fd_, LOCK_EX | LOCK_NB) == 0) return success();
        if (errno == EWOULDBLOCK)
            return fail(Errc::exists, path_ + ": another process has locked it; it");
        return last_error(path_, "lock");
    }

  private:
    std::string path_;
    int fd_;
};

class PosixFileSystem final : public FileSystem {
  public:
    Result<std::unique_ptr<File>> open(std::string const& path, OpenMode mode) override {
        int flags = O_CLOEXEC | (mode == OpenMode::read ? O_RDONLY : O_RDWR);
        if (mode == OpenMode::create) flags |= O_CREAT;
        if (mode == OpenMode::create_new) flags |= O_CREAT | O_EXCL;
        int fd = ::open(path.c_str(), flags, 0640);
        if (fd < 0) return last_error(path, "open");
        return std::unique_ptr<File>(std::make_unique<PosixFile>(path, fd));
    }

    Result<void> rename(std::string const& from, std::string const& to) override {
        if (::rename(from.c_str(), to.c_str()) != 0) return last_error(from, "rename");
        return success();
    }

    Result<void> remove(std::string const& path) override {
        if (::unlink(path.c_str()) != 0) return last_error(path, "unlink");
        return success();
    }

    Result<void> make_directories(std::string const& path) override {
        if (path.empty() || path == "/" || path == ".") return success();
        struct stat info = {};
        if (::stat(path.c_str(), &info) == 0) {
            if (!S_ISDIR(info.st_mode)) return errno_error(ENOTDIR, path + ": mkdir");
            // A process before this one may have been killed between making it and syncing its entry.
            auto const synced = sync_directory(parent_of(path));
            bool const is_of_others = !synced && synced.error().sys_errno == EACCES;
            return is_of_others ? success() : synced;
        }
        std::string const parent = parent_of(path);
        TRY(make_directories(parent));
        if (::mkdir(path.c_str(), 0750) != 0 && errno != EEXIST) return last_error(path, "mkdir");
        return sync_directory(parent);
    }

    Result<void> sync_directory(std::string const& path) override {
        int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0) return last_error(path, "open");
        int const failed = ::fsync(fd);
        int const err = errno;
        ::close(fd);
        if (failed != 0) return errno_error(err, path + ": fsync");
        return success();
    }

    Result<std::vector<std::string>> list(std::string const& path) override {
        DIR* dir = ::opendir(path.c_str());
        if (dir == nullptr) return last_error(path, "opendir");
        std::vector<std::string> names;
        errno = 0;
        while (auto* entry = ::readdir(dir)) {
            std::string name = entry->d_name;
            if (name != "." && name != "..") names.push_back(std::move(name));
        }
        int const err = errno;
        ::closedir(dir);
        if (err != 0) return errno_error(err, path + ": readdir");
        std::sort(names.begin(), names.end());
        return names;
    }

    Result<std::uint64_t> free_bytes(std::string const& path) override {
        struct statvfs info = {};
        if (::statvfs(path.c_str(), &info) != 0) return last_error(path, "statvfs");
        return static_cast<std::uint64_t>(info.f_bavail) * info.f_frsize;
    }

  private:
    static std::string parent_of(std::string const& path) {
        auto slash = path.find_last_of('/');
        if (slash == std::string::npos) return ".";
        return slash == 0 ? "/" : path.substr(0, slash);
    }
};

}  // namespace

FileSystem& posix_file_system() {
    static PosixFileSystem instance;
    return instance;
}

std::string join_path(std::string_view folder, std::string_view name) {
    std::string path(folder);
    if (!path.empty() && path.back() != '/') path += '/';
    path += name;
    return path;
}

Result<void> remove_if_there(FileSystem& fs, std::string const& path) {
    auto removed = fs.remove(path);
    if (!removed && removed.error().code == Errc::not_found) return success();
    return removed;
}

Result<std::string> read_file(FileSystem& fs, std::string const& path, std::size_t max_bytes) {
    TRY(auto file, fs.open(path, OpenMode::read));
    TRY(auto size, file->size());
    if (size > max_bytes) return fail(Errc::invalid, path + ": larger than expected");
    std::string content(static_cast<std::size_t>(size), '\0');
    TRY(auto n, file->read(0, content));
    content.resize(n);
    return content;
}

}  // namespace inlet
